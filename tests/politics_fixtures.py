"""Invented tables of politics, of the shape a run gives: no number in them is a result."""

from __future__ import annotations

import numpy as np
import pandas as pd

import motives_fixtures
from liptako.outcomes.wars import STEPS

INIT = 528
CORE = {"BFA": "Burkina Faso", "MLI": "Mali", "NER": "Niger"}
THRESHOLDS = {
    "min_joint_acts": 2,
    "rolled_back_share": 0.5,
    "rolled_back_members": 2,
    "others_at_most": 1.1,
    "attacked_cells_share": 0.75,
    "contained_share": 1.0,
    "spread_deaths": 100.0,
    "changed_by": ["coup_other_camp", "rebellion", "capital_falls", "negotiated"],
}
KINDS = ["coup_other_camp", "coup_same_camp", "mutiny", "rebellion", "capital_falls", "negotiated"]
DYADS = {"MLI-BFA": "Mali and Burkina Faso", "NER-BEN": "Niger and Benin"}
RUNGS = ("dialogue", "sanctions", "coercion", "incident", "clash", "war")
UPPER = {"incident": 1.0, "clash": 0.75, "war": 0.02}
ACTS = {
    "deepen_pact": ("Deepen the pact", "", 0.6),
    "turn_harsher": ("Turn harsher", "Common Article 3", 0.4),
    "buy_drones": ("Buy armed drones", "Rules 7 and 14", 0.5),
    "leave_pact": ("Leave the pact", "", 0.001),
}
ENDINGS = ("fails", "endures", "succeeds", "outside")
SHARES = {
    12: (0.358, 0.521, 0.041, 0.08),
    24: (0.392, 0.424, 0.064, 0.12),
    36: (0.416, 0.337, 0.087, 0.16),
}


def tables() -> dict[str, pd.DataFrame]:
    """Every table of politics."""
    return motives_fixtures.tables() | {
        "endings": endings(),
        "pieces": pieces(),
        "forms": forms(),
        "sub_endings": sub_endings(),
        "ending_variants": ending_variants(),
        "ending_variance": ending_variance(),
        "evidence": evidence(),
        "assumptions": assumptions(),
        "signposts": signposts(),
        "ending_parts": ending_parts(),
        "ending_table": ending_table(),
        "threshold_grid": threshold_grid(),
        "rollback_steps": rollback_steps(),
        "war_years": war_years(),
        "pact_stage": pact_stage(),
        "agenda": agenda(),
        "means": means(),
        "regime_survival": regime_survival(),
        "exits": exits(),
        "attempts": attempts(),
        "reach": reach(),
        "besieged": besieged(),
        "base_rates": base_rates(),
        "ladder_shares": ladder_shares(),
        "dispute_chances": dispute_chances(),
        "dispute_groups": dispute_groups(),
        "upper_rungs": upper_rungs(),
        "blocs": blocs(),
        "acts": acts(),
        "promises": promises(),
        "ranks": ranks(),
        "patrons": patrons(),
        "patron_wars": patron_wars(),
        "claims": claims(),
    }


def claims() -> pd.DataFrame:
    """Four invented claims, one a verdict."""
    verdicts = ["supported", "contradicted", "mixed", "cannot be decided here"]
    rows = [
        {
            "id": number, "type": "fact", "section": "one", "text": f"Claim {number}.",
            **{
                f"{side}_{name}": value
                for side, verdict in (("world", verdict), ("model", verdicts[-1]))
                for name, value in (
                    ("verdict", verdict), ("result", 1.5), ("lo", 1.1), ("hi", 2.0),
                    ("unit", "ratio"), ("test", "statistic"), ("robust", True), ("stale", False),
                    ("text", "1.50 (1.10 to 2.00)"),
                )
            },
            "decides": "Nothing.",
        }
        for number, verdict in enumerate(verdicts, start=1)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.attrs["notes"] = ("Two would pass by chance.", "Measured on a day.")
    return table


def _ranged(p: float, spread: float = 0.28) -> dict[str, float]:
    low, high = p * (1 - spread), min(p * (1 + spread), 1.0)
    return {"p": p, "lo": low, "hi": high, "mcse": float(np.sqrt(p * (1 - p) / 2000))}


def endings() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"horizon": horizon, "ending": name} | _ranged(p)
            for horizon, shares in SHARES.items()
            for name, p in zip(ENDINGS, shares, strict=True)
        ]
    )


def rollback_steps() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"horizon": horizon, "step": step} | _ranged(p)
            for horizon in SHARES
            for step, p in zip(STEPS, (0.21, 0.1, 0.05, 0.02, 0.03, 0.04, 0.06, 0.02), strict=True)
        ]
    )


def war_years() -> pd.DataFrame:
    row = {"over_last": 1.2, "over_level": 1.5, "fell": 0.1, "past_over_last": 0.8}
    row |= {"past_over_last_second": np.nan, "past_over_level": 0.7, "past_fell": 0.4}
    row |= {"past_over_level_second": np.nan, "past_fell_second": np.nan}
    return pd.DataFrame(
        [{"horizon": h, "country": iso} | row for h in SHARES for iso in ("MLI", "BFA", "NER")]
    )


def sub_endings() -> pd.DataFrame:
    fails = {"breaks_up": 0.18, "stays_on_paper": 0.82, "rivalry": 0.0}
    outside = {
        "changed_by_coup": 0.5, "handed_over": 0.4, "overthrown": 0.1, "capital_lost": 0.0
    }  # fmt: skip
    return pd.DataFrame(
        [
            {"horizon": horizon, "sub_ending": name} | _ranged(part * shares[place])
            for horizon, shares in SHARES.items()
            for place, parts in ((0, fails), (3, outside))
            for name, part in parts.items()
        ]
    )


def pieces() -> pd.DataFrame:
    """Three pieces, one of them counted twice, one outside its past cases, one without any."""
    none = dict.fromkeys(("base_rate", "base_lo", "base_hi", "base_n"), np.nan)
    past = {"base_rate": 0.25, "base_lo": 0.13, "base_hi": 0.43, "base_n": 20.0}
    rows = [
        ("pact_alive", "alive", True, 0.52, past, False),
        ("pact_alive", "operational", False, 0.31, past, True),
        ("regimes_held", "regime", True, 0.74, none, None),
        ("rolled_back", "totals", True, 0.16, past, True),
    ]
    names = ("piece", "unit", "leads")
    return pd.DataFrame(
        [
            {"horizon": horizon, **dict(zip(names, row[:3], strict=True)), **_ranged(row[3])}
            | row[4]
            | {"within": row[5]}
            for horizon in SHARES
            for row in rows
        ]
    )


def forms() -> pd.DataFrame:
    """Two alternatives, of which one moves failing by 14 in 100 and the other by 2."""
    labels = {
        ("ties", "alone"): ("regimes apart", 0.01), ("ties", "tied"): ("regimes tied", -0.01),
        ("pact", "game"): ("the pact as its members gain", 0.07),
        ("pact", "past"): ("the pact as past ones", -0.07),
    }  # fmt: skip
    return pd.DataFrame(
        [
            {"horizon": horizon, "name": name, "alternative": alternative, "form": form}
            | {"label": label, "p": p + shift * (name == "fails"), "error": 0.02, "members": 1000}
            for horizon, shares in SHARES.items()
            for name, p in zip(("pact_alive", *ENDINGS), (0.52, *shares), strict=True)
            for (alternative, form), (label, shift) in labels.items()
        ]
    )


def ending_variants() -> pd.DataFrame:
    shift = {
        "paired": (0.0, 0.0), "reference_only": (0.06, 0.01), "without_pact": (0.42, 0.0),
        "reporting_10": (-0.002, 0.01), "reporting_30": (-0.01, 0.05),
        "reporting_50": (-0.02, 0.14),
    }  # fmt: skip
    rows = []
    for variant, (fails, rolled) in shift.items():
        for horizon, (f, _, s, o) in SHARES.items():
            shares = {"fails": min(f + fails, 1.0), "succeeds": 0.0 if fails > 0.3 else s + rolled}
            shares["outside"] = min(o, max(1 - sum(shares.values()), 0.0))
            shares["endures"] = max(1 - sum(shares.values()), 0.0)
            shares["rolled_back"] = s + 0.03 + rolled
            rows += [
                {
                    "variant": variant, "horizon": horizon, "ending": name, "p": p,
                    "mcse": 0.03, "members": 250,
                }
                for name, p in shares.items()
            ]  # fmt: skip
    return pd.DataFrame(rows)


def ending_variance() -> pd.DataFrame:
    parts = {"judgement": 0.71, "reference class": 0.21, "estimated": 0.08}
    return pd.DataFrame(
        [
            {"horizon": horizon, "ending": name, "status": status, "share": share}
            for horizon in SHARES
            for name in ENDINGS
            for status, share in parts.items()
        ]
    )


def evidence() -> pd.DataFrame:
    """Shares of what assumptions make; the war's are not known, and no surrogate explains half."""
    rows = [
        ("fails", "status", "judgement", 0.88, 0.75, 0.99, 0.31, False),
        ("fails", "status", "reference class", 0.12, 0.0, 0.22, np.nan, False),
        ("fails", "status", "estimated", 0.0, 0.0, 0.08, np.nan, False),
        ("fails", "alternative", "pact", 0.16, 0.05, 0.33, np.nan, np.nan),
        ("fails", "alternative", "ties", 0.02, 0.0, 0.09, np.nan, np.nan),
        *(("succeeds", "status", status, *[np.nan] * 4, False)
          for status in ("judgement", "reference class", "estimated")),
    ]  # fmt: skip
    columns = ["outcome", "kind", "name", "share", "lo", "hi", "explained", "printed"]
    return pd.DataFrame(rows, columns=columns).assign(horizon=36)


def assumptions() -> pd.DataFrame:
    numbers = {"first": 0.41, "total": 0.52, "of_all": 0.4, "horizon": 36}
    return pd.DataFrame(
        [{"outcome": "fails", "status": "judgement", "parameter": "commitment.trust",
          "meaning": "What each ally trusts", **numbers}]
    )  # fmt: skip


def signposts() -> pd.DataFrame:
    """Two signposts of an outcome, one that does not hold in the other half, one of a piece."""
    numbers = {
        "horizon": 36, "base": 0.41, "given": 0.0, "given_lo": 0.0, "given_hi": 0.02,
        "absent": 0.47, "absent_lo": 0.4, "absent_hi": 0.55, "moves": -0.47, "moves_lo": -0.55,
        "moves_hi": -0.39, "members": 1000, "outcome": "fails", "chance": 0.14,
    }  # fmt: skip
    events = [
        ("handed_over", "NER", 12, np.nan, "", True),
        ("coercion", "NER-BEN", 6, np.nan, "", True),
        ("deaths_before", "MLI", 12, 2109.0, "", False),
    ]
    columns = ["kind", "where", "months", "than", "what", "holds"]
    table = pd.DataFrame(events, columns=columns)
    fails = table.assign(rank=[1, 2, 3], **numbers)
    return pd.concat([fails, fails.head(1).assign(outcome="pact_alive")], ignore_index=True)


def ending_parts() -> pd.DataFrame:
    states = {
        "alliance": {"alive": 0.52, "paper": 0.36, "broken": 0.12},
        "regimes": {"held": 0.74, "changed": 0.26},
        "insurgents": {"rolled_back": 0.16, "contained": 0.4, "worse": 0.44},
    }
    return pd.DataFrame(
        [
            {"horizon": months, "reading": reading, "state": state, **_ranged(p)}
            for months in SHARES
            for reading, shares in states.items()
            for state, p in shares.items()
        ]
    )


def ending_table() -> pd.DataFrame:
    parts = {
        "alliance": {"broken": 0.12, "paper": 0.36, "alive": 0.52},
        "regimes": {"held": 0.74, "changed": 0.26},
        "insurgents": {"rolled_back": 0.16, "contained": 0.4, "worse": 0.44},
    }
    return pd.DataFrame(
        [
            {"horizon": months, "alliance": a, "regimes": r, "insurgents": i, "p": pa * pr * pi}
            for months in SHARES
            for a, pa in parts["alliance"].items()
            for r, pr in parts["regimes"].items()
            for i, pi in parts["insurgents"].items()
        ]
    )


def threshold_grid() -> pd.DataFrame:
    rows = []
    for share in (0.4, 0.5, 0.6, 0.7, 0.8):
        for acts in (1, 2, 3):
            for cells in (0.6, 0.75, 0.9):
                for negotiated in (True, False):
                    fails = 0.4 + 0.04 * acts - (0.0 if negotiated else 0.05)
                    succeeds = 0.087 + 0.2 * (share - 0.5) + 0.1 * (cells - 0.75)
                    rows.append(
                        {
                            "horizon": 36, "rolled_back_share": share, "min_joint_acts": acts,
                            "attacked_cells_share": cells, "negotiated_is_change": negotiated,
                            "chosen": (share, acts, cells, negotiated) == (0.5, 2, 0.75, True),
                            "succeeds": succeeds, "endures": 0.9 - fails - succeeds,
                            "fails": fails, "outside": 0.1, "mcse": 0.011,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


def attempts() -> pd.DataFrame:
    model, past = (0.6, 0.2, 0.1, 0.06, 0.03, 0.01), (0.8, 0.15, 0.04, 0.008, 0.002, 0.0)
    rows = [
        (iso, n, p, q) for iso in CORE for n, (p, q) in enumerate(zip(model, past, strict=True))
    ]
    return pd.DataFrame(rows, columns=["country", "number", "p", "past"])


def reach() -> pd.DataFrame:
    rows = [
        {"country": iso, "year": year, "q05": q - 0.1, "q25": q, "q50": q, "q75": q, "q95": q + 0.1}
        for iso, q in (("MLI", 0.8), ("BFA", 0.5), ("NER", 0.85))
        for year in (1, 2, 3)
    ]
    return pd.DataFrame(rows)


def besieged() -> pd.DataFrame:
    rows = []
    for iso, start in (("MLI", 1.0), ("BFA", 1.0), ("NER", 0.0)):
        for measure, by in (("regions", 1.0), ("people", 0.1)):
            row = {"country": iso, "measure": measure}
            rows.append(row | {"year": 0, "observed": by * start})
            ahead = {"q05": by * start / 2, "q50": by * start, "q95": by * (start + 1)}
            rows += [row | {"year": year} | ahead for year in (1, 2, 3)]
    return pd.DataFrame(rows)


def pact_stage() -> pd.DataFrame:
    rows = []
    for lead in range(1, 37):
        broken = 0.12 * lead / 36
        moved = 1 - np.exp(-lead / 30)
        shares = {
            "paper": (1 - broken) * (1 - moved),
            "consultative": (1 - broken) * moved * 0.45,
            "operational": (1 - broken) * moved * 0.5,
            "integrated": (1 - broken) * moved * 0.05,
            "broken": broken,
        }
        rows += [{"month": INIT + lead, "stage": name, "p": p} for name, p in shares.items()]
    return pd.DataFrame(rows)


def regime_survival() -> pd.DataFrame:
    rows = []
    for code, rate in {"BFA": 0.021, "MLI": 0.011, "NER": 0.016}.items():
        for lead in range(37):
            p, past = np.exp(-rate * lead), np.exp(-0.018 * (lead // 4 * 4))
            rows.append(
                {
                    "country": code, "lead": lead, "p": p, "lo": p**1.5, "hi": p**0.6,
                    "reference": past, "reference_lo": past**1.7, "reference_hi": past**0.5,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def exits() -> pd.DataFrame:
    shares = dict(zip(KINDS, (0.16, 0.06, 0.22, 0.02, 0.01, 0.08), strict=True))
    return pd.DataFrame(
        [
            {"country": code, "horizon": horizon, "kind": kind}
            | _ranged(share * horizon / 36 * weight, 0.5)
            for code, weight in {"BFA": 1.3, "MLI": 0.8, "NER": 1.0}.items()
            for horizon in SHARES
            for kind, share in shares.items()
        ]
    )


def base_rates() -> pd.DataFrame:
    rows = [
        ("Coup or attempt in a year, a country", "share", 0.03, 0.07, 0.16, 0.06, 0.05, 0.08, 624,
         "Powell & Thyne (2011)"),
        ("Camp in power after 36 months", "share", 0.3, 0.5, 0.7, 0.45, 0.31, 0.58, 33,
         "past juntas"),
        ("Pact operational within 39 months", "share", 0.1, 0.31, 0.55, 0.25, 0.11, 0.43, 20,
         "past pacts"),
        ("Pact broken within 39 months", "share", 0.02, 0.32, 0.4, 0.1, 0.03, 0.28, 20,
         "past pacts"),
        ("A border incident in a year, a dyad", "share", 0.0, 0.02, 0.08, np.nan, np.nan, np.nan,
         np.nan, ""),
        ("Time from signature to operation", "months", 4, 19, 60, 22, 9, 48, 14, "past pacts"),
        ("Time to the next coup after a coup", "months", 3, 26, 110, 31, 18, 50, 55,
         "Powell & Thyne (2011)"),
    ]  # fmt: skip
    names = ["quantity", "unit", "lo", "mean", "hi", "reference", "reference_lo",
             "reference_hi", "n", "source"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def ladder_shares() -> pd.DataFrame:
    last = {
        "MLI-BFA": (0.9, 0.06, 0.03, 0.006, 0.003, 0.001),
        "NER-BEN": (0, 0.3, 0.68, 0.02, 0, 0),
    }
    rows = [
        (dyad, INIT + lead, rung, (1 - lead / 36) * (rung == RUNGS[0]) + lead / 36 * p)
        for dyad, shares in last.items()
        for lead in range(1, 37)
        for rung, p in zip(RUNGS, shares, strict=True)
    ]
    return pd.DataFrame(rows, columns=["dyad", "month", "rung", "p"])


def _past(share: float) -> dict[str, float]:
    return {"reference": share, "reference_lo": 0.6 * share, "reference_hi": 1.6 * share}


def dispute_chances() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"dyad": dyad, "horizon": months, "rung": rung}
            | _ranged(p * part * months / 36)
            | _past(0.05 * part)
            for dyad, p in {"MLI-BFA": 0.08, "NER-BEN": 0.14, "any": 0.2}.items()
            for months in SHARES
            for rung, part in UPPER.items()
        ]
    )


def dispute_groups() -> pd.DataFrame:
    kinds = {"between allies": (1, 0.08), "ally and outsider": (1, 0.14), "all pairs": (2, 0.2)}
    return pd.DataFrame(
        [
            {"group": group, "dyads": dyads, "horizon": months, "rung": rung}
            | _ranged(p * part * months / 36)
            | _past(0.05 * dyads * part)
            for group, (dyads, p) in kinds.items()
            for months in SHARES
            for rung, part in UPPER.items()
        ]
    )


def upper_rungs() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "group": group, "rung": rung, "dyads": dyads, "rate": 0.03 * part,
                "lo": 0.02 * part, "hi": 0.05 * part, "mcse": 0.001, **_past(0.018 * part),
                "n": int(24 * part), "dyad_years": 1350.0, "source": "past pairs that touch",
            }
            for group, dyads in {"between allies": 1, "ally and outsider": 1}.items()
            for rung, part in UPPER.items()
        ]
    )  # fmt: skip


def agenda() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"item": item, "label": label, "horizon": horizon, "stage": stage} | _ranged(p)
            for item, label in (("roads", "Roads"), ("mail", "Mail"))
            for horizon in SHARES
            for stage, p in (("agreed", 0.3), ("in_force", 0.1))
        ]
    )


def means() -> pd.DataFrame:
    row = {"mean": 0.97, "q05": 0.8, "q25": 0.9, "q50": 0.98, "q75": 1.0, "q95": 1.04}
    return pd.DataFrame(
        [{"country": iso, "year": year} | row for iso in CORE for year in (1, 2, 3)]
    )


def blocs() -> pd.DataFrame:
    shares = {"threatened": 0.4, "ordered": 0.2, "sent": 0.03, "outside": 0.12}
    return pd.DataFrame(
        [
            {"country": iso, "horizon": horizon, "what": what} | _ranged(p)
            for iso in CORE
            for horizon in SHARES
            for what, p in shares.items()
        ]
    )


def acts() -> pd.DataFrame:
    rows = []
    for code, weight in {"BFA": 1.1, "MLI": 0.8, "NER": 1.0}.items():
        for act, (label, law, share) in ACTS.items():
            for months in SHARES:
                found = _ranged(share * weight * months / 36, 0.4)
                rows.append(
                    {"country": code, "act": act, "label": label, "law": law, "horizon": months}
                    | {"p_any": found.pop("p"), **found, "per_year": share / 2}
                )
    return pd.DataFrame(rows)


def promises() -> pd.DataFrame:
    shares = {"stands": 0.3, "missed": 0.7, "handed_over": 0.1}
    return pd.DataFrame(
        [
            {"country": code, "horizon": months, "outcome": outcome}
            | _ranged(share * weight * months / 36)
            for code, weight in {"BFA": 1.0, "MLI": 0.2, "NER": 0.0}.items()
            for months in SHARES
            for outcome, share in shares.items()
        ]
    )


def ranks() -> pd.DataFrame:
    """Return half a mutiny a country, a date put off in one of three, and nothing else."""
    means = {"aggrieved": 2.0, "reshuffles": 0.0, "mutinies": 0.5, "insiders": 0.0}
    means |= {"promised": 0.0, "put_off": 0.3, "missed": 0.0, "kept": 0.0}
    return pd.DataFrame(
        [
            {"country": code, "measure": name, "p_any": min(mean, 1.0), "mean": mean}
            | {"q05": 0.0, "q50": mean, "q95": 2.0 * mean}
            for code in ("BFA", "MLI", "NER")
            for name, mean in means.items()
        ]
    )


def patron_wars() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"patron": "north", "label": "The North", "year": year}
            | {"q05": 0.5, "q50": 1.0 + 0.1 * year, "q95": 2.0}
            for year in (1, 2, 3)
        ]
    )


def patrons() -> pd.DataFrame:
    rows = []
    for patron, (label, level) in {
        "north": ("The North", 0.6), "south": ("The South", 0.2),
        "nobody": ("Nobody", 0.0),
    }.items():  # fmt: skip
        for country in ("BFA", "MLI", "NER", "ALL"):
            for year in (1, 2, 3):
                row = {
                    "patron": patron,
                    "instrument": patron,
                    "label": label,
                    "country": country,
                    "year": year,
                }
                row |= {"start": level, "mean": level}
                row |= {q: f * level for q, f in (("q05", 0.5), ("q50", 1.0), ("q95", 1.2))}
                rows.append(row)
    return pd.DataFrame(rows)
