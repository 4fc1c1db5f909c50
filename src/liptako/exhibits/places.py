"""Places as text: regions by their chances, and spread to neighbours."""

from __future__ import annotations

from liptako.charts.readers import Rows, known, region_table, require
from liptako.charts.theme import CLASS_COLOURS
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.terminal import wrapped
from liptako.words import deaths as death_words
from liptako.words import places as words
from liptako.words.numbers import MISSING, between, in_hundred, inside_100, rounded
from liptako.words.numbers import say as number_words


def map_classes() -> list[tuple[str, str]]:
    """Return the map's classes of chance with their colours."""
    return list(zip(words.classes(), CLASS_COLOURS, strict=True))


def regions_grid(regions: Rows, facts: Facts) -> Grid:
    """Return the ranked list of regions."""
    rows = []
    for row in region_table(regions).to_dict("records"):
        country = facts.countries.get(row["country"], row["country"])
        names = {"region": row["region_name"], "code": row["region"], "country": country}
        chances = (inside_100(row[name]) for name in ("p_25", "p_any"))
        span = between(rounded(row["q05"]), rounded(row["q95"]))
        rows.append([words.say("region_row", **names), *chances, span])
    head = [words.say[key] for key in ("region", "chance_25", "chance_any")]
    return Grid(
        words.say("regions", months=facts.near),
        [*head, death_words.say["killed_nine"]],
        rows,
        numeric=3,
        note=_inside(regions),
    )


def _inside(regions: Rows) -> str:
    """Return which regions of observed countries have no cell, and where they are counted."""
    names = dict(zip(regions["region"], regions["region_name"], strict=True))
    seen = set(regions.loc[regions["observed"].astype(float) > 0, "country"])
    inside = regions[(regions["counted_in"] != "") & regions["country"].isin(seen)]
    items = [
        words.say("region_inside", region=name, around=names.get(around, around))
        for name, around in zip(inside["region_name"], inside["counted_in"], strict=True)
    ]
    return words.say("regions_inside", names=", ".join(items)) if items else ""


def coast_grid(coast: Rows, facts: Facts) -> Grid:
    """Return the chances by group of neighbours, with who is counted and who is not."""
    needed = ["group", "counted", "not_counted", "threshold", "probability", "mcse"]
    table = require(coast, needed, "coast")

    def names(value: object) -> str:
        items = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        found = [facts.countries.get(str(item), str(item)) for item in items]
        return ", ".join(found) or number_words["none"]

    records = table.to_dict("records")
    rows = [
        [
            str(row["group"]),
            words.say("at_least", number=f"{int(row['threshold']):,}"),
            in_hundred(row["probability"]) if known(row["probability"]) is not None else MISSING,
            names(row["counted"]),
            names(row["not_counted"]),
        ]
        for row in records
    ]
    errors = ", ".join(
        f"{100 * row['mcse']:.1f}" for row in records if known(row["mcse"]) is not None
    )
    head = [words.say[key] for key in ("group", "threshold", "chance", "counted", "not_counted")]
    return Grid(
        words.say("coast", months=facts.near),
        head,
        rows,
        note=words.say("mcse_note", errors=errors) if errors else "",
    )


def coast_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the chance of spread to the first group of neighbours."""
    if "coast" not in tables:
        return []
    row = tables["coast"].iloc[0]
    counted = [facts.countries[code] for code in row["counted"]]
    if not counted:
        return wrapped(words.say["coast_none"])
    threshold, chance = int(row["threshold"]), float(row["probability"])
    return wrapped(words.coast_line(counted, threshold, chance, int(row[facts.before]), facts.near))
