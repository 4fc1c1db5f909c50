"""Synthetic tables that imitate a run: real monthly deaths of 2022-23, invented futures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from liptako.charts import read_outlines
from liptako.exhibits import Facts

INIT = 528
SOURCE = "UCDP GED 24.1 (CC BY 4.0); simulated by Liptako"
OUTLINES = Path(__file__).parents[1] / "src/liptako/theatres/sahel/outlines.geojson"
CORE = {"BFA": "Burkina Faso", "MLI": "Mali", "NER": "Niger"}
COUNTRIES = {
    **CORE,
    "BEN": "Benin", "TGO": "Togo", "GHA": "Ghana", "CIV": "Côte d'Ivoire", "SEN": "Senegal",
    "GIN": "Guinea", "GNB": "Guinea-Bissau", "MRT": "Mauritania", "NGA": "Nigeria",
    "DZA": "Algeria",
}  # fmt: skip
PERPETRATORS = {"jnim": "JNIM", "is": "IS", "state": "States", "militia": "Militias"}
RECORDED = {
    "BFA": [122, 134, 217, 129, 331, 275, 242, 224, 227, 105, 328, 275,
            300, 545, 616, 699, 567, 806, 522, 415, 451, 569, 505, 114],
    "MLI": [188, 205, 1357, 141, 208, 339, 116, 273, 134, 250, 148, 291,
            162, 128, 156, 133, 97, 92, 247, 163, 354, 154, 191, 232],
    "NER": [19, 24, 52, 128, 123, 49, 64, 58, 31, 24, 31, 61,
            26, 48, 61, 7, 25, 28, 16, 116, 43, 86, 63, 15],
}  # fmt: skip
CIVILIANS = {
    "BFA": {"jnim": 830, "is": 151, "state": 345, "militia": 12},
    "MLI": {"jnim": 151, "is": 129, "state": 174, "militia": 21},
    "NER": {"jnim": 18, "is": 125, "state": 9, "militia": 4},
}
LIKELIEST = {
    "BFA": "BF56", "MLI": "ML05", "NER": "NE06", "BEN": "BJ01", "TGO": "TG05", "GHA": "GH01"
}  # fmt: skip
"""The region that stands for all of a country's cells."""

UNSEEN = {"GHA", "GIN", "MRT", "DZA", "NGA"}


def observed() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"country": code, "month": INIT - 23 + step, "deaths": float(deaths)}
            for code, series in RECORDED.items()
            for step, deaths in enumerate(series)
        ]
    )


def _futures(seed: int = 7, members: int = 400, months: int = 36) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    found = {}
    for code, series in RECORDED.items():
        level = np.log(np.mean(series[12:])) + np.cumsum(
            rng.normal(0, 0.14, (members, months)), axis=1
        )
        rate = np.exp(level - 0.01 * np.arange(months) + rng.normal(0, 0.35, (members, months)))
        found[code] = rng.poisson(rate).astype(float)
    return found


def _summary(draws: np.ndarray) -> dict[str, float]:
    levels = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
    return {"mean": float(draws.mean())} | {
        name: float(np.quantile(draws, level)) for name, level in levels.items()
    }


def tables(cell_step: int = 1) -> dict[str, pd.DataFrame]:
    """Return every input table; `cell_step` above 1 keeps one cell in so many, for speed."""
    futures = _futures()
    monthly, period, single = [], [], []
    spans = {
        "next_12_months": slice(0, 12),
        "months_13_24": slice(12, 24),
        "horizon": slice(0, 36),
    }
    for code, draws in futures.items():
        for lead in range(1, 37):
            at = draws[:, lead - 1]
            chances = {"p_any": float((at >= 1).mean()), "p_25": float((at >= 25).mean())}
            row = {"country": code, "month": INIT + lead, "lead": lead}
            monthly.append(row | _summary(at) | chances)
            single += [
                {"member": m, "country": code, "month": INIT + lead, "deaths": float(at[m])}
                for m in range(5)
            ]
        seen = float(sum(RECORDED[code][12:]))
        blank = dict.fromkeys(("mean", "q05", "q50", "q95", "p_25", "p_100"), np.nan)
        period.append({"country": code, "period": "last_12_months", "observed": seen} | blank)
        for name, span in spans.items():
            sums = draws[:, span].sum(axis=1)
            found = _summary(sums) | {f"p_{n}": float((sums >= n).mean()) for n in (25, 100)}
            row = {"country": code, "period": name, "observed": np.nan}
            period.append(row | {key: found[key] for key in blank})
    return {
        "observed": observed(),
        "deaths_country_month": pd.DataFrame(monthly),
        "deaths_country_period": pd.DataFrame(period),
        "deaths_members": pd.DataFrame(single),
        "civilians_perpetrator": civilians(),
        "displaced": displaced(pd.DataFrame(period)),
        "dead_side": dead_side(pd.DataFrame(period)),
        "strain": strain(),
        "cells": cells(cell_step),
        "regions": regions(),
        "coast": coast(),
    }


def displaced(period: pd.DataFrame) -> pd.DataFrame:
    """Return a hundred people who flee for each one killed."""
    ahead = period[period["period"] != "last_12_months"].drop(columns="observed")
    numbers = ["mean", "q05", "q50", "q95"]
    return ahead.assign(**{name: 100.0 * ahead[name] for name in numbers})


def dead_side(period: pd.DataFrame) -> pd.DataFrame:
    """Return three in ten of those killed on the state's side, half insurgents, the rest others."""
    numbers = ["observed", "mean", "q05", "q50", "q95"]
    shares = {"state": 0.3, "insurgents": 0.5, "civilians": 0.2}
    return pd.concat(
        [
            period.assign(side=side, **{name: share * period[name] for name in numbers})
            for side, share in shares.items()
        ],
        ignore_index=True,
    )


def strain() -> pd.DataFrame:
    """Return offensives in two months of the year, and twice the losses of before."""
    rows = []
    for code in ("BFA", "MLI", "NER"):
        for measure, seen in (("offensives", 2.0), ("strain", 1.5)):
            row = {"country": code, "measure": measure}
            rows.append(row | {"year": 0, "observed": seen})
            rows += [
                row | {"year": year, "mean": 2.1, "q05": 0.0, "q50": 2.0, "q95": 5.0}
                for year in (1, 2, 3)
            ]
    return pd.DataFrame(rows)


def civilians() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    seen = pd.DataFrame(CIVILIANS).T
    seen.loc["ALL"] = seen.sum()
    seen["ALL"] = seen.sum(axis=1)
    rows = []
    for code, row in seen.iterrows():
        for who, deaths in row.items():
            draws = deaths * np.exp(rng.normal(-0.05, 0.5, 400))
            base = {"country": code, "perpetrator": who}
            blank = dict.fromkeys(("mean", "q05", "q50", "q95"), np.nan)
            share = deaths / row["ALL"]
            rows.append(
                base
                | {"period": "last_12_months", "observed": float(deaths), "share_mean": share}
                | blank
            )
            found = _summary(draws)
            rows.append(
                base
                | {"period": "next_12_months", "observed": np.nan, "share_mean": share}
                | {key: found[key] for key in ("mean", "q05", "q50", "q95")}
            )
    return pd.DataFrame(rows)


def cells(step: int = 1) -> pd.DataFrame:
    """Return chances by cell on the real grid, highest around the tri-border land."""
    shapes = {
        f["properties"]["iso3"]: shape(f["geometry"]) for f in read_outlines(OUTLINES)["features"]
    }
    lon, lat = np.meshgrid(np.arange(-17.75, 16, 0.5), np.arange(4.25, 27.5, 0.5))
    lon, lat = lon.ravel(), lat.ravel()
    frames = []
    for code in COUNTRIES:
        inside = shapely.contains_xy(shapes[code], lon, lat)
        frames.append(pd.DataFrame({"lat": lat[inside], "lon": lon[inside], "country": code}))
    base = pd.concat(frames, ignore_index=True)
    base["gid"] = ((base["lat"] + 90) * 2 + 0.5).astype(int) * 720 - 720
    base["gid"] += ((base["lon"] + 180) * 2 + 0.5).astype(int)
    borno = (base["country"] == "NGA") & (base["lon"] > 11) & (base["lat"] > 10)
    base["observed"] = ~base["country"].isin(UNSEEN) | borno
    base["region"] = base["country"].map(LIKELIEST).fillna(base["country"] + "01")
    base["region_name"] = "Region 1 of " + base["country"].map(COUNTRIES)
    heat = np.exp(-((base["lon"] + 0.5) ** 2 / 9 + (base["lat"] - 13.2) ** 2 / 4))
    heat += 0.8 * np.exp(-((base["lon"] + 4) ** 2 / 3 + (base["lat"] - 14.4) ** 2 / 2))
    heat += 0.8 * np.exp(-((base["lon"] - 13.3) ** 2 / 2 + (base["lat"] - 12) ** 2 / 1))
    rng = np.random.default_rng(11)
    heat = np.clip(heat * rng.lognormal(0, 0.7, len(base)), 0, 2)
    frames = []
    for lead, fade in ((3, 1.0), (12, 0.9), (36, 0.75)):
        chance = pd.DataFrame({"lead": lead, "p_any": np.round(1 - np.exp(-1.4 * fade * heat), 4)})
        chance["p_25"] = np.round(0.35 * chance["p_any"] ** 2, 4)
        chance["window"] = {3: "Mar 2024", 12: "Dec 2024", 36: "Dec 2026"}[lead]
        table = pd.concat([base, chance], axis=1)
        table.loc[~table["observed"], ["p_any", "p_25"]] = np.nan
        frames.append(table.iloc[::step])
    return pd.concat(frames, ignore_index=True)


def regions() -> pd.DataFrame:
    names = {
        "BF56": ("BFA", "Sahel", 1400), "BF46": ("BFA", "Boucle du Mouhoun", 900),
        "BF52": ("BFA", "Est", 1000), "BF49": ("BFA", "Centre-Nord", 1200),
        "BF54": ("BFA", "Nord", 800), "ML04": ("MLI", "Ségou", 330),
        "ML05": ("MLI", "Mopti", 800), "ML07": ("MLI", "Gao", 420),
        "ML09": ("MLI", "Ménaka", 390), "ML06": ("MLI", "Tombouctou", 150),
        "NE06": ("NER", "Tillabéri", 450), "NE02": ("NER", "Diffa", 120),
        "BJ01": ("BEN", "Alibori", 30), "TG05": ("TGO", "Savanes", 60),
        "GH01": ("GHA", "Upper East", 5),
    }  # fmt: skip
    rows = [
        {
            "country": country, "region": code, "region_name": name, "code_system": "P-code (made)",
            "counted_in": "", "observed": 1.0, "people": 1e6, "last_3_months": mean // 5,
            "last_12_months": mean, **_chances(mean), "mean": mean, "q05": mean * 0.4,
            "q50": mean * 0.9, "q95": mean * 2.1, "influence_q50": 0.3,
            "cells_last_12_months": mean, "state_based_last_12_months": mean // 2,
            "events_last_6_months": mean // 10, "why_missing": "",
        }
        for code, (country, name, mean) in names.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    own = ["mean", "q05", "q50", "q95", "influence_q50"]
    town = table[table["region"] == "NE06"].assign(
        region="NE08", region_name="Niamey", counted_in="NE06", last_12_months=0.0,
        why_missing="counted in Tillabéri (NE06)", **dict.fromkeys(own, np.nan),
    )  # fmt: skip
    unseen = table["region"] == "GH01"
    numbers = table.select_dtypes("number").columns.difference(["observed"])
    table.loc[unseen, numbers] = np.nan
    table.loc[unseen, ["observed", "why_missing"]] = 0.0, "no event data"
    table = pd.concat([table, town], ignore_index=True)
    return table.sort_values("p_25_in_12", ascending=False, kind="stable", ignore_index=True)


def _chances(mean: float) -> dict[str, float]:
    return {
        f"p_{n}_in_{months}": float(np.round(1 - np.exp(-mean * months / (240 * n)), 4))
        for months in (3, 6, 12)
        for n in (1, 25, 100)
    }


def coast() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "group": "Littoral states",
                "counted": ["BEN", "TGO", "CIV"],
                "not_counted": ["GHA"],
                "threshold": 100,
                "probability": 0.27,
                "mcse": 0.011,
                "months": 12,
                "last_12_months": 122,
            },
            {
                "group": "Other neighbours",
                "counted": ["SEN", "GNB"],
                "not_counted": ["GIN", "MRT", "DZA", "most of Nigeria"],
                "threshold": 25,
                "probability": 0.03,
                "mcse": 0.004,
                "months": 12,
                "last_12_months": 3,
            },
        ]
    )


def facts(**changes: object) -> Facts:
    """Return facts of a run; keyword arguments replace fields."""
    fields: dict = {
        "title": "Alliance of Sahel States, 2024",
        "init_month": INIT,
        "last_data_month": INIT,
        "months": 36,
        "members": 2000,
        "seed": 1,
        "run_id": "sahel-2024-3f9c",
        "data_vintages": "UCDP GED 24.1 (Mali, Burkina Faso, Niger, coast), to Dec 2023",
        "events": "UCDP GED 24.1 (CC BY 4.0)",
        "countries": COUNTRIES,
        "allies": tuple(CORE),
        "littoral": ("BEN", "TGO", "GHA", "CIV"),
        "perpetrators": PERPETRATORS,
        "skill": None,
        "warnings": ["One event in seven since 2018 is located only to a region."],
        "provenance": {"liptako": "0.1.0", "scenario": "sahel-2024", "snapshot": "3f9c77aa"},
        "citation": "Liptako (2024). Sahel 2024, run sahel-2024-3f9c, seen from 31 Dec 2023.",
        "bibtex": "@misc{liptako2024,\n  title = {Sahel 2024},\n  year = {2024}\n}",
    }
    return Facts(**(fields | changes))
