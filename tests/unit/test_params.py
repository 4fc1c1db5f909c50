"""Parameters: leaves, and the parameters of members drawn from fit and registry."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace

import jax
import numpy as np
import pytest
import xarray as xr
from scipy import stats

import model_fixtures as mf
from liptako import calendar
from liptako.errors import InputError
from liptako.inference.past_cases.politics import fit_politics
from liptako.model.codes import AGE_BANDS
from liptako.model.draws import (
    ASSUMPTION_SETS,
    MAX_RADIUS,
    draw_params,
    set_numbers,
)
from liptako.model.forms import form_factors, form_numbers
from liptako.model.params import VARIANCE, from_leaves, leaf_paths
from liptako.model.posterior import (
    AXES,
    TheatrePosterior,
    load_posterior,
    save_posterior,
    split_weights,
)
from liptako.model.structure import RINGS, build_structure
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.loading import load_theatre
from liptako.theatre.registry import Prior

SHOCKS = {"persistence": 0.9, "transient": 0.2, "correlation": 0.3}


def drawn(members, seed=1, posterior=None, registry=None, politics=None):
    world = mf.world()
    politics = world.prepared.politics if politics is None else politics
    posterior = mf.posterior_of(len(mf.STREAMS)) if posterior is None else posterior
    registry = mf.registry() if registry is None else registry
    return draw_params(
        registry, posterior, politics, world.structure, SHOCKS, seed,
        np.asarray(members),
    )  # fmt: skip


def leaves(params) -> dict[str, np.ndarray]:
    values = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
    return dict(zip(leaf_paths(), values, strict=True))


def test_leaves_go_in_and_come_out_under_their_names():
    numbers = {path: float(i) for i, path in enumerate(leaf_paths())}
    given = {
        path: np.full([1 for _ in mf.axes_of(path)], i, np.float32) for path, i in numbers.items()
    }
    found = leaves(from_leaves(given))
    assert {path: float(leaf.item()) for path, leaf in found.items()} == numbers
    assert len(set(leaf_paths())) == len(leaf_paths())


def test_parameters_of_a_member_depend_on_seed_and_number_alone():
    many = leaves(drawn(np.arange(300)))
    for path, leaf in leaves(drawn([7, 3])).items():
        np.testing.assert_array_equal(leaf, many[path][[7, 3]], err_msg=path)
    other = leaves(drawn(np.arange(12), seed=2))
    assert not np.array_equal(other["violence.excitation"], many["violence.excitation"])


def test_each_kind_of_evidence_is_drawn_by_its_own_sets():
    members = np.arange(3 * ASSUMPTION_SETS)
    found, sets = leaves(drawn(members)), set_numbers(members)
    for status, paths in {
        "judgement": ("presence.need", "violence.permeability", "violence.lever_effect"),
        "estimated": ("violence.excitation", "severity.log_sd"),
        "reference class": ("regime.capital", "alliance.end"),
    }.items():
        first = [np.flatnonzero(sets[status] == number) for number in (4, 5)]
        assert len(first[0]) == 3
        for path in paths:
            leaf = found[path]
            assert np.ptp(leaf[first[0]], axis=0).max() == 0.0, path
            assert not np.array_equal(leaf[first[0][0]], leaf[first[1][0]]), path


def test_judgement_at_its_centre_is_the_same_for_all_and_touches_nothing_else():
    world, members = mf.world(), np.arange(30)
    varied = leaves(world.prepared.draw_params(1, members))
    centred = leaves(world.prepared.draw_params(1, members, judgement=False))
    assert np.ptp(centred["presence.need"]) == 0.0
    assert np.ptp(varied["presence.need"]) > 0.0
    np.testing.assert_array_equal(centred["violence.excitation"], varied["violence.excitation"])
    np.testing.assert_allclose(
        centred["violence.lever_effect"][7][0, 2], -0.4, rtol=1e-6, err_msg="centre of its prior"
    )


def test_draws_centre_on_the_mode_with_its_covariance():
    # 100 draws: means within 5 standard errors.
    posterior = mf.posterior_of(len(mf.STREAMS))
    found = leaves(drawn(np.arange(ASSUMPTION_SETS)))
    mode = split_weights(posterior.log_weights, mf.world().structure, 3)
    for path, centre in mode.items():
        away = np.log(found[path]) - np.log(centre)
        assert abs(away.mean(0)).max() < 5 * 0.1 / np.sqrt(ASSUMPTION_SETS), path
        assert away.std() == pytest.approx(0.1, rel=0.05), path
    assert np.log(found["violence.dispersion"]).mean() == pytest.approx(-0.5, abs=0.05)
    assert found["severity.log_median"].mean() == pytest.approx(1.0, abs=0.01)


def test_weights_of_two_parameters_move_together_as_the_fit_says():
    covariance = np.array(mf.posterior_of(4).covariance)
    covariance[:, 0, 1] = covariance[:, 1, 0] = -0.009
    posterior = replace(mf.posterior_of(4), covariance=covariance)
    every = np.arange(ASSUMPTION_SETS)
    pairs = np.concatenate(
        [np.log(leaves(drawn(every, seed, posterior))["violence.excitation"]) for seed in range(15)]
    )
    seen = np.corrcoef(pairs[:, 2, 0, 0], pairs[:, 2, 0, 1])[0, 1]
    assert seen == pytest.approx(-0.9, abs=0.04)


def test_rate_and_elasticity_of_flight_move_together_as_the_fit_says():
    covariance = 0.01 * np.eye(5)
    covariance[1, 3] = covariance[3, 1] = 0.009
    posterior = replace(mf.posterior_of(4), displacement_covariance=covariance)
    every = np.arange(ASSUMPTION_SETS)
    found = [leaves(drawn(every, seed, posterior)) for seed in range(8)]
    rates, elasticity = (
        np.concatenate([sets[f"displacement.{name}"] for sets in found])
        for name in ("log_rate", "elasticity")
    )
    assert np.corrcoef(rates[:, 1], elasticity)[0, 1] == pytest.approx(0.9, abs=0.05)
    assert abs(np.corrcoef(rates[:, 0], elasticity)[0, 1]) < 0.15


def test_no_member_has_an_excitation_that_explodes():
    structure = mf.world().structure
    calm = leaves(drawn(np.arange(8)))
    posterior = replace(mf.posterior_of(4), log_weights=mf.posterior_of(4).log_weights + 0.7)
    hot = leaves(drawn(np.arange(8), posterior=posterior))
    for member in range(8):
        ring = hot["violence.contagion"][member] @ [8.0, 16.0] @ structure.members_of_pressure
        matrix = hot["violence.excitation"][member].sum(-1) + ring
        assert abs(np.linalg.eigvals(matrix)).max() == pytest.approx(MAX_RADIUS, rel=1e-3)
    shape = hot["violence.excitation"] / calm["violence.excitation"]
    np.testing.assert_allclose(shape / shape[:, :1, :1, :1], 1.0, rtol=1e-4)
    ratio = hot["violence.background"] / calm["violence.background"]
    np.testing.assert_allclose(ratio, np.exp(0.7), rtol=1e-4)


def test_levers_touch_only_the_streams_that_the_registry_names():
    effect = leaves(drawn(np.arange(50)))["violence.lever_effect"]
    named = np.zeros((2, 4), bool)
    named[0, 2] = named[1, 0] = True
    assert not effect[:, ~named].any()
    assert (effect[:, named].std(0) > 0.1).all()


@pytest.fixture(scope="module")
def shipped(theatre, snapshot, theatre_folder):
    """Return the shipped structure and 40 members' leaves, drawn and at the centre."""
    seen = snapshot.until(528)
    structure = build_structure(theatre, seen.cells, 528, mf.LAYOUT)
    politics = fit_politics(theatre, seen, structure.countries, 8.0)
    registry = load_theatre(theatre_folder)[1]
    found = (
        draw_params(
            registry, load_posterior(theatre_folder / "fit.nc"), politics, structure, SHOCKS, 1,
            np.arange(40), judgement=judgement,
        )
        for judgement in (True, False)
    )  # fmt: skip
    return structure, *map(leaves, found)


def test_every_leaf_has_the_shape_that_the_model_says(shipped):
    structure, drawn_, _ = shipped
    sizes = {
        "country": structure.countries, "stream": structure.streams, "lever": structure.levers,
        "border": structure.neighbours.borders, "pressure": structure.pressures, "ring": RINGS,
        "patron": structure.patrons.names, "instrument": structure.patrons.instruments,
        "consequence": CONSEQUENCES, "half_life": (2, 8, 36),
        "act": structure.menu.names, "age_band": AGE_BANDS,
    }  # fmt: skip
    for path, leaf in drawn_.items():
        expected = tuple(len(sizes[axis]) for axis in mf.axes_of(path))
        assert leaf.shape == (40, *expected), path
        assert np.isfinite(leaf).all(), path


def test_tables_by_patron_and_motive_have_draws_only_where_they_have_entries(shipped):
    structure, drawn_, centre = shipped
    by, lever = structure.patrons.instruments.index, structure.levers.index
    tolerant = ("russia", "usa.aid", "usa.intelligence")
    entrench = ("russia", "usa.aid", "usa.recognition", "turkey")
    tables = {
        "patrons.tolerance": {(by(name), lever("posture")) for name in tolerant},
        "patrons.entrenchment": {(by(name),) for name in entrench},
        "patrons.backing": {(by(name),) for name in ("russia", "turkey")},
        "patrons.war": {(structure.patrons.names.index("russia"),)},
    }
    for path, named in tables.items():
        free = {tuple(map(int, at)) for at in np.argwhere(np.ptp(drawn_[path], axis=0) > 0)}
        assert free == named, path
        elsewhere = np.ones(drawn_[path].shape[1:], bool)
        elsewhere[tuple(np.transpose(sorted(named)))] = False
        assert not drawn_[path][:, elsewhere].any(), path
    weight, middle = drawn_["motives.weight"], centre["motives.weight"]
    assert (weight.std(0) > 0.1).all()
    assert len(np.unique(weight[0])) == weight[0].size, "one draw for each country and motive"
    for name, value in (("insurgent_pressure", 1.0), ("civilian_protection", 0.1)):
        np.testing.assert_allclose(middle[..., CONSEQUENCES.index(name)], value, rtol=1e-6)


def test_every_act_of_the_menu_has_its_own_readiness(shipped, theatre_folder):
    structure, drawn_, centre = shipped
    row = load_theatre(theatre_folder)[1]["choices.readiness"].value
    assert isinstance(row, dict)
    assert set(row) == set(structure.menu.names)
    expected = [row[name] for name in structure.menu.names]
    np.testing.assert_allclose(centre["choices.readiness"][0], expected, rtol=1e-6)
    found = drawn_["choices.readiness"]
    assert (found.std(0) > 0.1).all()
    correlated = np.corrcoef(found.T) - np.eye(len(expected))
    assert abs(correlated).max() < 0.7, "one draw for each act"


def test_each_set_has_the_forms_that_its_number_says(shipped, theatre_folder):
    """A form multiplies what it acts on; at the middle of judgement each is the first."""
    _, drawn_, centre = shipped
    registry = load_theatre(theatre_folder)[1]
    factors = form_factors(registry, np.arange(40))
    np.testing.assert_array_equal(np.sign(drawn_["regime.guarantee"]), factors["regime.guarantee"])
    assert set(np.sign(drawn_["regime.guarantee"])) == {-1.0, 0.0, 1.0}
    np.testing.assert_array_equal(drawn_["alliance.markov"], factors["alliance.markov"])
    np.testing.assert_array_equal(drawn_["regime.cohort"], factors["regime.cohort"])
    for path in ("losses", "siege", "frailty", "contagion"):
        leaf, factor = drawn_[f"regime.{path}"], factors[f"regime.{path}"]
        np.testing.assert_array_equal(leaf != 0.0, factor > 0.0, err_msg=path)
    for path in factors:
        assert not centre[path].any(), path
    assert (drawn_["regime.saturation"] == np.float32(1.4)).all()


def test_every_member_of_a_set_has_its_forms(theatre_folder):
    every = load_theatre(theatre_folder)[1].forms
    forms = {name: form for name, form in every.items() if not form.of_a_lever}
    registry = mf.registry().model_copy(update={"forms": forms})
    found = leaves(drawn([7, 107, 507, 40, 140], registry=registry))
    guarantee, markov = found["regime.guarantee"], found["alliance.markov"]
    for path, leaf in (("guarantee", guarantee), ("markov", markov)):
        np.testing.assert_array_equal(leaf[[0, 3]], leaf[[1, 4]], err_msg=path)
        assert leaf[0] == leaf[2], path
    assert tuple(np.sign(guarantee[[0, 3]])) != (0.0, 0.0)
    assert (markov[0] == 0.0) != (markov[3] == 0.0), "the sets differ in it"


def test_what_there_is_no_view_of_loses_the_variance_of_its_prior(shipped, theatre_folder):
    """None where it is held: at the middle of judgement, in entries a table lacks, by a form."""
    _, drawn_, centre = shipped
    registry = load_theatre(theatre_folder)[1]
    for path in (path for path in drawn_ if path.endswith(VARIANCE)):
        prior = registry[path.removesuffix(VARIANCE)].prior
        assert prior is not None
        assert not centre[path].any(), path
        values = np.unique(drawn_[path])
        assert set(values) <= {np.float32(0.0), np.float32(prior.sd**2)}, path
        assert values.max() > 0.0, path
    assert 0 < (drawn_["regime.siege"] == 0.0).sum() < 40
    np.testing.assert_array_equal(
        drawn_["regime.siege"] != 0.0, drawn_["regime.siege_variance"] > 0
    )
    spread = drawn_["violence.lever_effect_variance"]
    free = np.ptp(drawn_["violence.lever_effect"], axis=0) > 0
    np.testing.assert_array_equal((spread > 0).all(axis=0), free)
    np.testing.assert_array_equal((spread > 0).any(axis=0), free)


def test_rates_of_regimes_and_what_ties_them_are_those_of_the_record(theatre, snapshot):
    """Means over the sets within five standard errors of the posteriors'."""
    seen = snapshot.until(528)
    politics = fit_politics(theatre, seen, tuple(theatre.countries), 8.0)
    registry, fit, ties = mf.registry(), politics.regimes, politics.ties
    assert fit is not None
    assert ties is not None
    found = leaves(drawn(np.arange(ASSUMPTION_SETS), registry=registry, politics=replace(
        mf.world().prepared.politics, regimes=fit, ties=ties)))  # fmt: skip
    for place, cause in enumerate(fit.causes):
        leaf = found[f"regime.{cause}"]
        sd = np.sqrt(fit.shape[place]) / fit.rate[place]
        error = abs(leaf.mean(axis=0) - fit.shape[place] / fit.rate[place])
        assert (error < 5 * sd / 10).all(), cause
        assert leaf.std(axis=0) == pytest.approx(sd, rel=0.4), cause
    own = fit.before_shape / fit.before_rate * fit.cohort[0] / fit.cohort[1]
    assert found["regime.handed_over_cohort"].mean(axis=0) == pytest.approx(own, rel=0.3)
    a, b = fit.success
    assert found["regime.success"].mean() == pytest.approx(a / (a + b), abs=0.02)
    assert (found["regime.cohort_from"] == fit.cohort_from).all()
    shape, rate = ties.frailty
    sd = np.sqrt(shape) / rate
    assert found["regime.frailty"].mean() == pytest.approx(shape / rate, abs=5 * sd / 10)
    mean, sd = ties.contagion
    assert found["regime.contagion"].mean() == pytest.approx(mean, abs=5 * sd / 10)
    assert (found["regime.after_coup"] == np.float32(ties.after_coup)).all()
    assert 0.0 < ties.after_coup < 1.0


def test_split_weights_is_the_order_of_the_fit():
    structure = mf.world().structure
    joined = np.log(1.0 + np.arange(4 * 21.0)).reshape(4, 21)
    parts = split_weights(joined, structure, 3)
    flat = np.exp(joined)
    np.testing.assert_allclose(parts["violence.excitation"][1, 2, 0], flat[1, 6])
    np.testing.assert_allclose(parts["violence.contagion"][1, 2, 1], flat[1, 12 + 3 + 2])
    np.testing.assert_allclose(parts["violence.background"][3, 2], flat[3, 20])


def test_posterior_survives_the_disk(tmp_path):
    posterior = mf.posterior_of(4)
    save_posterior(posterior, tmp_path / "fit.nc")
    again = load_posterior(tmp_path / "fit.nc")
    assert isinstance(again, TheatrePosterior)
    assert again.about == posterior.about
    np.testing.assert_allclose(again.log_weights, posterior.log_weights, rtol=1e-6)
    with pytest.raises(InputError, match="no such file"):
        load_posterior(tmp_path / "none.nc")
    for name in AXES:
        expected = np.asarray(getattr(posterior, name), np.float32)
        np.testing.assert_array_equal(getattr(again, name), expected, err_msg=name)
    (tmp_path / "bad.nc").write_bytes(b"not a fit")
    with pytest.raises(InputError, match="not a readable fit"):
        load_posterior(tmp_path / "bad.nc")


def test_the_seed_moves_every_kind_of_evidence():
    politics = replace(
        mf.world().prepared.politics,
        coup_mean=np.zeros(4),
        coup_covariance=np.eye(4),
        losses=(0.2, 0.1),
    )
    one, two = (leaves(drawn(np.arange(5), seed, politics=politics)) for seed in (1, 2))
    moved = {
        "judgement": ("presence.need", "violence.permeability", "violence.lever_effect"),
        "estimated": (
            "violence.background", "violence.dispersion", "severity.log_median",
            "displacement.log_rate",
        ),
        "estimated on coups": ("regime.baseline", "regime.since_coup", "regime.losses"),
        "reference class": ("regime.capital", "alliance.end"),
    }  # fmt: skip
    for path in (path for paths in moved.values() for path in paths):
        assert not np.array_equal(one[path], two[path]), path


def test_what_is_estimated_apart_is_drawn_apart():
    """Where the fit's covariance has none, no two parameters are correlated over 100 sets.

    Of 20,000 correlations of independent draws the largest is about 0.4.
    """
    found = leaves(drawn(np.arange(ASSUMPTION_SETS)))
    paths = ("excitation", "contagion", "background", "dispersion")
    apart = [np.log(found[f"violence.{path}"]) for path in paths]
    apart += [found["severity.log_median"], np.log(found["severity.log_sd"])]
    apart += [found["displacement.log_rate"], found["displacement.elasticity"]]
    columns = np.concatenate([leaf.reshape(ASSUMPTION_SETS, -1) for leaf in apart], axis=1)
    correlated = np.corrcoef(columns.T) - np.eye(columns.shape[1])
    assert abs(correlated).max() < 0.6


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        ({"dist": "normal", "mean": 0.4, "sd": 0.2}, stats.norm(0.4, 0.2)),
        ({"dist": "lognormal", "mean": 0.5, "sd": 0.6}, stats.lognorm(0.6, scale=np.exp(0.5))),
        ({"dist": "beta", "a": 2.0, "b": 6.0}, stats.beta(2.0, 6.0)),
        ({"dist": "uniform", "low": 0.2, "high": 0.7}, stats.uniform(0.2, 0.5)),
    ],
    ids=["normal", "lognormal", "beta", "uniform"],
)
def test_a_prior_is_drawn_by_its_quantiles(prior, law):
    """The draw under a uniform prior from 0 to 1 says at which probability the other stands."""

    def of(prior):
        registry = mf.registry()
        row = {"prior": Prior(**prior), "range": (-9.0, 99.0)}
        registry.processes["presence"]["need"] = registry["presence.need"].model_copy(update=row)
        return leaves(drawn(np.arange(60), registry=registry))["presence.need"]

    probability = of({"dist": "uniform", "low": 0.0, "high": 1.0})
    assert np.ptp(probability) > 0.8
    np.testing.assert_allclose(of(prior), law.ppf(probability), rtol=1e-4, atol=1e-5)


def test_every_estimate_has_labelled_dimensions(tmp_path):
    assert [*AXES, "about"] == [field.name for field in fields(TheatrePosterior)]
    posterior = mf.posterior_of(4)
    save_posterior(posterior, tmp_path / "fit.nc")
    found = xr.load_dataset(tmp_path / "fit.nc", group="posterior", engine="h5netcdf")
    weights = split_weights(np.log(np.arange(1.0, 85.0)).reshape(4, 21), mf.world().structure, 3)
    labelled = found["log_weights"].copy(data=np.arange(1.0, 85.0).reshape(4, 21))
    assert float(labelled.sel(stream="b", weight="excitation:c:8m")) == pytest.approx(
        weights["violence.excitation"][1, 2, 1]
    )
    assert float(labelled.sel(stream="c", weight="contagion:ring2:states")) == pytest.approx(
        weights["violence.contagion"][2, 1, 1]
    )
    assert float(labelled.sel(stream="d", weight="background:CCC")) == pytest.approx(
        weights["violence.background"][3, 2]
    )
    assert found["shocks"].dims == ("block", "country", "month")
    months = [calendar.format_month(mf.INIT + lag) for lag in range(-4, 1)]
    assert list(found["month"].to_numpy()) == months
    assert len(found["group"]) == 9


def test_a_fit_of_another_format_or_with_other_labels_is_refused(tmp_path):
    posterior = mf.posterior_of(4)
    path = tmp_path / "fit.nc"
    xr.Dataset(attrs={**posterior.about, "format": 1}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InputError, match=r"another format.*received '1'.*format 3.*liptako fit"):
        load_posterior(path)
    save_posterior(posterior, path)
    inside = xr.load_dataset(path, group="posterior", engine="h5netcdf")
    turned = inside.assign_coords(stream=list("bacd"))
    turned.to_netcdf(path, mode="a", group="posterior", engine="h5netcdf")
    with pytest.raises(InputError, match="stream: labels"):
        load_posterior(path)


def test_arviz_opens_the_shipped_fit_with_its_labels(theatre, theatre_folder):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "\nArviZ is undergoing", FutureWarning)
        import arviz
    data = arviz.InferenceData.from_netcdf(str(theatre_folder / "fit.nc"))
    assert data.groups() == ["posterior"]
    estimates = data["posterior"]
    assert {name: estimates[name].dims for name in estimates.data_vars} == AXES
    assert list(estimates["stream"].values) == list(theatre.streams)
    assert list(estimates["country"].values) == list(theatre.countries)
    assert "contagion:ring1:insurgents" in estimates["weight"].values
    posterior = load_posterior(theatre_folder / "fit.nc")
    np.testing.assert_array_equal(estimates["log_weights"].values, posterior.log_weights)
    assert estimates["month"].values[-1] == posterior.about["data_until"]
    assert data.attrs["made_for"] == posterior.about["made_for"]


def test_forms_of_a_lever_set_its_published_effect_and_no_other(shipped, theatre_folder):
    structure, drawn_, centre = shipped
    forms = load_theatre(theatre_folder)[1].forms
    numbers = form_numbers({name: len(form.options) for name, form in forms.items()}, np.arange(40))
    expected = np.zeros((40, len(structure.levers), len(structure.streams)))
    for name, form in forms.items():
        for member, number in enumerate(numbers[name] if form.of_a_lever else ()):
            table = list(form.options.values())[number]
            assert isinstance(table, dict)
            lever = structure.levers.index(form.acts[0].rpartition(".")[2])
            for stream, value in table.items():
                expected[member, lever, structure.streams.index(stream)] = value
    np.testing.assert_allclose(drawn_["violence.published"], expected, rtol=1e-6)
    assert (np.abs(expected).sum(axis=(0, 2)) > 0).sum() == sum(
        f.of_a_lever for f in forms.values()
    )
    assert not centre["violence.published"].any()
    size = drawn_["violence.published_size"]
    assert np.unique(size[:, 0].round(6)).size == 40, "each set has its own"
    assert (size >= 0.1).all()
    assert (size <= 1.5).all()
