"""The NumPy and Mesa versions of the model are the same model; `liptako bench` measures it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

from liptako.bench import ablation, engines
from liptako.bench import timing as bench
from liptako.bench.case import Case, load_case, shortened, thinned
from liptako.cli.app import app
from liptako.errors import InputError
from liptako.model import distributions as laws
from liptako.model import random, rings
from liptako.model import simulate as model
from liptako.model.processes import memory, presence, severity, violence
from liptako.model.state import Forcing
from liptako.runs.executor import BATCH
from liptako.theatre.loading import load_scenario

pytestmark = pytest.mark.slow
MONTHS = 6
MEMBERS = 192
AGENT_MEMBERS = 32


@pytest.fixture(scope="module")
def whole() -> Case:
    return load_case("sahel-2024", months=MONTHS, seed=1)


@pytest.fixture(scope="module")
def case(whole: Case) -> Case:
    return thinned(whole, 0.5)


@pytest.fixture(scope="module")
def batch(case: Case):
    return model.compile_batch(case.structure)


@pytest.fixture(scope="module")
def totals(case: Case, batch):
    kept = bench.futures(case, batch, MEMBERS)
    return SimpleNamespace(
        **{
            name: np.concatenate([part[name] for part in kept])
            for name in ("deaths", "events", "displaced")
        }
    )


def first(totals, members: int, months: int) -> SimpleNamespace:
    return SimpleNamespace(**{k: v[:members, :months] for k, v in vars(totals).items()})


def numpy_totals(case: Case, members: int = MEMBERS, change=lambda member: None):
    """Return members of the NumPy model, each changed before it starts."""
    numpy_model = engines.engine("numpy")
    world = numpy_model.build(case.structure, case.start)
    params, rng = case.params(np.arange(members)), np.random.default_rng(2)
    kept = []
    for i in range(members):
        member = numpy_model.Member(world, jax.tree.map(lambda leaf, i=i: leaf[i], params), rng)
        change(member)
        months = [member.step(month) for month in range(MONTHS)]
        sums = [(d @ world.country_matrix, e @ world.country_matrix, n) for d, e, n in months]
        kept.append([np.stack(part) for part in zip(*sums, strict=True)])
    return numpy_model.Totals(*(np.stack(part) for part in zip(*kept, strict=True)))


def test_expected_events_are_those_of_the_model(case):
    numpy_model = engines.engine("numpy")
    world = numpy_model.build(case.structure, case.start)
    params = jax.tree.map(lambda leaf: leaf[3], case.params(np.arange(4)))
    member = numpy_model.Member(world, params, np.random.default_rng(1))
    for month in range(3):
        member.step(month)
    ours = member.countries
    held = {
        "counts": member.counts,
        "traces": member.traces,
        "reference_counts": ours.reference_counts,
        "reference_traces": ours.reference_traces,
        "presence": ours.presence,
    }
    held = {name: jnp.asarray(value, jnp.float32) for name, value in held.items()}
    state = replace(jax.tree.map(jnp.asarray, case.start.state), **held)
    forcing = jax.tree.map(lambda leaf: leaf[3], case.start.forcing)
    level = np.linspace(-1.0, 5.0, state.level.size).reshape(state.level.shape)

    @jax.jit
    def expected(params, state, level, forcing: Forcing):
        state = memory.absorb(params, state)
        state = presence.allocate(case.structure, case.start.background, params, state, forcing)
        state = type(state)(**{**vars(state), "level": level})
        law, reference, _ = violence.law(
            case.structure, case.start.background, params, state, forcing
        )
        return law.mean, reference, severity.mean(params)

    mean, reference, per_event = expected(params, state, jnp.asarray(level, jnp.float32), forcing)
    ours.walk = lambda month: setattr(ours, "level", level)
    member.step(3)
    np.testing.assert_allclose(member.rate, mean, rtol=2e-3, atol=1e-7)
    np.testing.assert_allclose(ours.reference_counts, reference, rtol=2e-3, atol=1e-7)
    np.testing.assert_allclose(ours.mean_severity, per_event, rtol=1e-4)
    assert mean.max() > 1.0


def test_agents_expect_the_same_events_as_arrays(case):
    numpy_model, mesa_model = engines.engine("numpy"), engines.engine("mesa")
    rng = np.random.default_rng(1)
    params = case.params(np.arange(1))
    (agents,) = mesa_model.begin(mesa_model.build(case.structure, case.start), params, rng)
    world = numpy_model.build(case.structure, case.start)
    arrays = numpy_model.Member(world, jax.tree.map(lambda leaf: leaf[0], params), rng)
    for countries in (agents.countries, arrays.countries):
        level = np.full_like(countries.level_score, 2.0)
        countries.walk = lambda month, c=countries, level=level: setattr(c, "level", level)
    agents.step()
    arrays.step(0)
    rates = np.stack([cell.rate for cell in agents.agents], axis=1)
    np.testing.assert_allclose(rates, arrays.rate, rtol=1e-9)


def test_numpy_draws_from_the_same_distribution(case, totals):
    verdict = engines.engine("agreement").compare(totals, numpy_totals(case))
    assert verdict.agrees, verdict


def test_agents_draw_from_the_same_distribution(case, totals):
    mesa_model, agreement = engines.engine("mesa"), engines.engine("agreement")
    few = shortened(case, 3)
    drawn = mesa_model.simulate(
        mesa_model.build(case.structure, few.start),
        case.params(np.arange(AGENT_MEMBERS)),
        np.random.default_rng(3),
        3,
    )
    verdict = agreement.compare(first(totals, AGENT_MEMBERS, 3), drawn)
    assert verdict.agrees, verdict


def _does_not_look_around(member):
    member.contagion[:] = 0.0


def _gathers_in_few_events(member):
    member.params.violence.dispersion[:] *= 0.2


def _kills_more(member):
    member.params.severity.log_median[:] += 0.3


@pytest.mark.parametrize("change", [_does_not_look_around, _gathers_in_few_events, _kills_more])
def test_another_model_is_told_apart(case, totals, change):
    verdict = engines.engine("agreement").compare(totals, numpy_totals(case, change=change))
    assert not verdict.agrees, verdict


def test_false_alarms_come_at_the_stated_rate():
    compare = engines.engine("agreement").compare
    rng = np.random.default_rng(4)
    mean = rng.gamma(1.0, 5.0, (24, 1, 1, 1))

    def draw():
        counts = rng.poisson(mean, (24, 2, 2, 3))
        return SimpleNamespace(deaths=counts * 2, events=counts, displaced=counts.sum(2) * 10.0)

    alarms = sum(not compare(draw(), draw(), false_alarm=0.1).agrees for _ in range(80))
    # Binomial(80, 0.1) falls outside with probability 0.0005
    assert 1 <= alarms <= 18


@pytest.mark.parametrize("part", list(ablation.PARTS))
def test_a_part_left_out_changes_the_run_and_comes_back(case, totals, part):
    def parts():
        return (
            random.uniform,
            rings.weighted,
            laws.NegativeBinomial.quantile,
            laws.Severity.quantile,
        )

    small, before = shortened(case, 2), parts()
    with ablation.without(part) as kept:
        assert (parts() != before) == (part != "reductions")
        (other,) = bench.futures(small, model.compile_batch(case.structure, **kept), BATCH)
    assert parts() == before
    if part == "reductions":
        assert other.shape == (BATCH, 2, len(case.structure.countries))
    else:
        assert (other["deaths"] != totals.deaths[:BATCH, :2]).any()
        assert other["deaths"].sum() > 0


def test_no_engine_computes_politics(whole):
    structure, params = whole.structure, whole.params(np.arange(3))
    for part in (structure.allies, structure.dyads, structure.patrons.names, structure.menu.names):
        assert not len(part)
    assert not structure.member.any()
    assert params.patrons.capacity.shape == (3, 0)
    shipped = load_scenario("sahel-2024").theatre
    assert all([shipped.alliance, shipped.patrons, shipped.menu, shipped.ladders])


def test_thinned_cases_keep_what_a_cell_sees(whole, case, totals):
    assert case.cells == pytest.approx(whole.cells / 2, rel=0.25)
    assert set(case.structure.gid) < set(whole.structure.gid)
    assert np.isfinite(totals.displaced).all()
    # levels shrink in proportion to the cells
    gap = np.asarray(case.start.forcing.level_nodes - whole.start.forcing.level_nodes)
    np.testing.assert_allclose(gap, np.log(case.cells / whole.cells), atol=1e-4)


def test_bench_reports_every_part(case, monkeypatch):
    monkeypatch.setattr(ablation, "PARTS", {"severity": ablation.PARTS["severity"]})
    monkeypatch.setattr(bench, "SHARES", (0.5, 1.0))
    result = bench.bench(shortened(case, 2), members=32, repeats=2)
    assert set(result["engines"]) == {"jax", "numpy", "mesa"}
    for name, row in result["engines"].items():
        rate = row["cell_months_per_second"]
        assert 0 < rate["min"] <= rate["median"] <= rate["max"], name
        seconds = row["seconds"]["median"]
        assert rate["min"] <= row["cell_months"] / seconds * (1 + 1e-9)
    assert set(result["ratios"]) == {"numpy", "mesa"}
    assert set(result["by"]) == {"members", "cells", "months"}
    assert [row["size"] for row in result["by"]["members"]["rows"]] == [16, 32]
    assert set(result["where"]) == {"everything", *ablation.PARTS}
    assert result["agreement"]["numpy"]["agrees"]
    assert result["left_out"] == []


def test_ratios_compare_turn_by_turn():
    fast = bench.Timing(100, (1.0, 2.0), (1.0, 1.0))
    slow = bench.Timing(10, (1.0, 4.0), (1.0, 1.0))
    assert bench._ratio(fast, slow, "wall_s") == [10.0, 20.0]


def test_command_skips_what_there_is_no_time_for():
    args = ["bench", "--members", "16", "--months", "1", "--seconds", "0", "--json"]
    answer = CliRunner().invoke(app, args)
    assert answer.exit_code == 0, answer.output
    content = json.loads(answer.stdout)
    assert "engines" not in content
    assert len(content["left_out"]) == 5
    assert content["by"]["members"]["rows"][0]["cell_months"] == BATCH * content["cells"]


def test_command_refuses_another_engine():
    answer = CliRunner().invoke(app, ["bench", "--against", "numpy,netlogo", "--json"])
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["field"] == "against"


def test_only_a_source_checkout_has_other_engines(monkeypatch, tmp_path):
    monkeypatch.setattr(engines, "__file__", str(tmp_path / "a/b/c/engines.py"))
    monkeypatch.delitem(engines.sys.modules, "liptako_benchmarks", raising=False)
    names, why = engines.available(["numpy", "mesa"])
    assert names == []
    assert "source checkout" in why[0]
    with pytest.raises(InputError, match="source checkout"):
        engines.engine("numpy")
