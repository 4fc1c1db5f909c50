"""What an inference of motives says, as plain values: what is stored, printed and drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from liptako.inference.motives import evidence
from liptako.inference.motives.comparators import LESS, MORE
from liptako.inference.motives.infer import (
    ALL,
    KEPT,
    NO_LENS,
    TAIL,
    Case,
    Inferred,
    prior_shares,
)
from liptako.inference.motives.model import Prior, mixture
from liptako.inference.motives.panel import NONE
from liptako.inference.motives.record import act_codes, fork_codes
from liptako.inference.motives.shares import UNDETERMINED, largest, together, verdict_of
from liptako.theatre.consequences import CONSEQUENCES

TELLING = 10
"""Decisions that are named."""


def summary(found: Inferred) -> dict[str, Any]:
    """Return all that is said of an inference, see `Inferred.summary`."""
    case, names = found.case, found.case.names
    share = found.shares()
    before = prior_shares(names, mixture(names.family_of), Prior())
    whole = together(share, case.record, len(names.juntas))
    told = evidence.telling(found.unknowns, case.record, names, case.motives, dict(case.labels))
    draws = {"draws": draws_for_simulation(found)} if found.wins else {}
    return {
        "juntas": {
            name: {
                "label": case.motives.spec.juntas[name].label,
                "country": names.countries[at],
                "quarters": int((case.record.junta == at).sum()),
                "forks": int(case.record.fork_weight[case.record.fork_junta == at].sum()),
                **_shares(share[:, at], before[:, at], names.families),
            }
            for at, name in enumerate(names.juntas)
        },
        "together": _shares(
            whole, together(before, case.record, len(names.juntas)), names.families
        ),
        "lenses": _lenses(found),
        "strength": _ends(found.unknowns.strength),
        "change": _ends(found.unknowns.change),
        "second_coding": evidence.coding_weight(found.unknowns, case.record, names),
        "predictive": predictive(found),
        "motives_from": "posterior" if found.wins else "prior",
        "telling": told.head(TELLING).to_dict("records"),
        "restraints": told[told["kind"] == "restraint"].head(TELLING).to_dict("records"),
        "sensitivity": {
            name: {
                "verdict": verdict_of(one, names.families),
                "mean": dict(zip(names.families, one.mean(axis=0).tolist(), strict=True)),
                "largest": dict(zip(names.families, largest(one).tolist(), strict=True)),
            }
            for name, one in found.variants.items()
        },
        "agreement": agreement(case),
        "panel": counts(case),
        "comparators": comparators_of(case),
        "sampler": sampler(found),
        "until": case.motives.spec.last,
        "frozen": case.motives.digest(),
        "fingerprint": case.fingerprint(),
        **draws,
    }


def predictive(found: Inferred) -> list[dict[str, Any]]:
    """Return how well each model says what was held out, against the one without motives."""
    base, rows = found.held_out[NO_LENS], []
    for name, score in found.held_out.items():
        gain, error = score.beyond(base) if name != NO_LENS else (0.0, 0.0)
        rows.append(
            {
                "model": name,
                "elpd": float(score.elpd.sum()),
                "beyond_none": gain,
                "error": error,
                "units": len(score.elpd),
                "doubtful": int((score.shape > evidence.FLAT).sum()),
            }
        )
    return sorted(rows, key=lambda row: (row["model"] != ALL, -row["elpd"]))


def agreement(case: Case) -> dict[str, Any]:
    """Return how far the two codings agree: an upper bound, their coder knew of the events.

    Of the codes that either has, the share with one sign, and the correlation; of forks and
    lenses, the share in which both predict one sign.
    """
    first, second = (
        np.concatenate([acts.ravel(), forks.ravel()])
        for acts, forks in zip(
            act_codes(case.motives, case.menu), fork_codes(case.motives), strict=True
        )
    )
    either = (first != 0) | (second != 0)
    one, other = case.record.fork_effects
    said = (np.abs(one) > 1e-9) & (np.abs(other) > 1e-9)
    return {
        "codes": int(either.sum()),
        "same_sign": float((np.sign(first) == np.sign(second))[either].mean()),
        "correlation": float(np.corrcoef(first[either], second[either])[0, 1]),
        "fork_signs": int(said.sum()),
        "same_fork_sign": float((np.sign(one) == np.sign(other))[said].mean()),
    }


def counts(case: Case) -> dict[str, Any]:
    """Return how much there is to infer from, and how often an open act was not taken."""
    table, record, names = case.panel, case.record, case.names
    acts = table[table["act"] != NONE]
    restraint = {
        act: {
            "open": int(record.open[:, at].sum()),
            "taken": int((case.everything[:, at] > 0).sum()),
        }
        for at, act in enumerate(names.acts, start=1)
    }
    return {
        "months": int(table.groupby("junta")["month"].nunique().sum()),
        "quarters": len(names.quarters),
        "rows": int(acts["row_id"].nunique()),
        "joint": int(acts.loc[acts["joint"] == 1, "row_id"].nunique()),
        "said": int(acts.loc[acts["said"] == 1, "row_id"].nunique()),
        "forks": int(record.fork_weight.sum()),
        "restraint": restraint,
    }


def comparators_of(case: Case) -> dict[str, Any]:
    """Return killings by the state under juntas and before, and hand-overs elsewhere."""
    killed = {}
    for name, rows in case.compared.groupby("junta", sort=False):
        before = float(rows["before"].iloc[0])
        killed[str(name)] = {
            "before": before,
            "mean": float(rows["killed"].mean()),
            "ratio": float(rows["killed"].mean() / before) if before else None,
            "harsher": int((rows["ratio"] >= MORE).sum()),
            "restrained": int((rows["ratio"] <= LESS).sum()),
            "quarters": len(rows),
        }
    return {"killed_by_state": killed, "handed_over": case.handed_over.to_dict("records")}


def sampler(found: Inferred) -> dict[str, Any]:
    """Return what the sampler says of itself."""
    import arviz as az

    data = az.convert_to_dataset(found.draws.z)
    tables: list[Any] = [az.rhat(data), az.ess(data)]
    rhat, ess = (np.asarray(table["x"]) for table in tables)
    return {
        "rhat": float(rhat.max()),
        "ess": float(ess.min()),
        "divergent": found.draws.divergent,
        "draws": int(np.prod(found.draws.z.shape[:2])),
    }


def draws_for_simulation(found: Inferred) -> dict[str, Any]:
    """Return draws of motives by country, of who rules last there, and of readiness by act."""
    unknowns, names = found.unknowns, found.case.names
    share = np.asarray(unknowns.share)
    share = share.reshape(-1, *share.shape[-2:])
    strength = np.asarray(unknowns.strength).reshape(-1)
    ready = np.asarray(unknowns.readiness).reshape(len(strength), -1)
    keep = np.arange(KEPT) * (len(share) // KEPT)
    weight = (strength[:, None, None] * (share @ names.weights))[keep]
    last = {country: at for at, country in enumerate(names.countries)}
    return {
        "countries": {iso: weight[:, at].tolist() for iso, at in last.items()},
        "readiness": {act: ready[keep, at].tolist() for at, act in enumerate(names.acts)},
    }


def _lenses(found: Inferred) -> dict[str, Any]:
    names, spec = found.case.names, found.case.motives.spec
    share = np.asarray(found.unknowns.share)
    share = share.reshape(-1, *share.shape[-2:])
    return {
        name: {
            "label": spec.lenses[name].label,
            "family": spec.lenses[name].family,
            "weights": {
                consequence: float(value)
                for consequence, value in zip(CONSEQUENCES, names.weights[at], strict=True)
                if value
            },
            "by_junta": {
                junta: float(share[:, place, at].mean()) for place, junta in enumerate(names.juntas)
            },
        }
        for at, name in enumerate(names.lenses)
    }


def _shares(share: np.ndarray, before: np.ndarray, families: tuple[str, ...]) -> dict[str, Any]:
    lo, hi = np.quantile(share, [TAIL, 1 - TAIL], axis=0)
    shrunk = 1.0 - share.var(axis=0) / before.var(axis=0)
    sure = largest(share)
    verdict = verdict_of(share, families)
    return {
        "verdict": verdict,
        "decided": verdict != UNDETERMINED,
        "families": {
            family: {
                "mean": float(share[:, at].mean()),
                "lo": float(lo[at]),
                "hi": float(hi[at]),
                "before": float(before[:, at].mean()),
                "before_lo": float(np.quantile(before[:, at], TAIL)),
                "before_hi": float(np.quantile(before[:, at], 1 - TAIL)),
                "contraction": float(shrunk[at]),
                "largest": float(sure[at]),
            }
            for at, family in enumerate(families)
        },
    }


def _ends(values: Any) -> dict[str, float]:
    flat = np.asarray(values, float).ravel()
    lo, hi = np.quantile(flat, [TAIL, 1 - TAIL])
    return {"mean": float(flat.mean()), "lo": float(lo), "hi": float(hi)}
