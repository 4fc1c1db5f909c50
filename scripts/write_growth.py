"""Write docs/growth.md from measured growth; no figure in it is ever typed by hand.

liptako verify --growth --json > growth.json
python scripts/write_growth.py growth.json

Why a middle lies outside the band of past cases is said in docs/growth.toml, by country and
quantity.
"""

from __future__ import annotations

import math
import sys
import tomllib
from pathlib import Path
from typing import Any

import measured_page

from liptako import calendar
from liptako.cli.verify_growth import (
    class_of,
    growth_of,
    name_of,
    recorded_of,
    series_of,
    told_outside,
)
from liptako.inference.past_cases.growth import LEAST
from liptako.words.dates import month_name
from liptako.words.growth import quantity, say
from liptako.words.skill import measured

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, REASONS = DOCS / "growth.md", DOCS / "growth.toml"
INTRO = """# Growth beside history's

Is what the report shows of the years ahead anything like what followed past years like the last
one? Each row is a kind of deaths in a country: what was recorded in the last year and the one
before, and how the middle of the futures grows over it, beside 5% to 95% of past years of the same
size and last change. This is a check of bias, and no score: a middle inside the band may be wrong,
and one outside it right.

- State-based deaths stand beside the world's country-years since 1990. Other kinds have no such
  record: they stand beside the theatre's own, countries (and perpetrators) pooled, where these are
  observed throughout, or beside the world's state-based where there are fewer than {least} own
  cases. People displaced stand beside the theatre's own short record, of any last change. The
  members' sum stands beside single countries of its size.
- Growth is deaths of a year over those of the last one on record, one added to both.
- Years of one war are several cases, so that bands are rather too narrow than too wide. Of so many
  rows some lie outside by chance alone.
"""
MISSING = ("growth", "past_lo", "past_middle", "past_hi")


def page(found: dict[str, Any], reasons: dict[str, str]) -> str:
    """Return the page for what `liptako verify --growth --json` printed."""
    content = found | {key: [_numbers(row) for row in found[key]] for key in ("rows", "outside")}
    outside = told_outside(content, {key: " ".join(text.split()) for key, text in reasons.items()})
    heads = ["country", "deaths", "last"]
    heads = [*(say[head] for head in heads), *(say("year", year=year) for year in (1, 2, 3))]
    lines = [f"| {' | '.join([*heads, say['beside']])} |", "|---" * (len(heads) + 1) + "|"]
    for (country, kind), mine in series_of(content["rows"]).items():
        years = [growth_of(row) for row in mine] + [""] * (3 - len(mine))
        cells = [
            name_of(country, content["countries"]),
            quantity(kind, content["actors"]),
            recorded_of(mine[0]),
            *(f"**{cell}**" if cell.endswith("!") else cell for cell in years),
            class_of(mine[0]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    date = month_name(calendar.parse_month(found["init_time"]))
    parts = [
        INTRO.format(least=LEAST),
        "## Outside the band",
        "\n".join([outside[0], *(["", *outside[1:]] if outside[1:] else [])]),
        "## All rows",
        "\n".join(lines),
        say["read"]
        + " Rows without a death on record or in the middle of the futures are left out.",
        f"{measured(found.get('measured', {}))}, by `liptako verify --growth`: scenario "
        f"{found['scenario']}, as seen from {date}, {found['members']:,} futures.",
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with what JSON calls null as not a number."""
    return row | {name: math.nan for name in MISSING if row[name] is None}


def main(arguments: list[str]) -> int:
    """Write the page; return the exit code."""
    reasons = tomllib.loads(REASONS.read_text("utf-8"))
    return measured_page.write(arguments, __doc__, PAGE, lambda found: page(found, reasons))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
