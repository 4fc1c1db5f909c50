"""Charts of a run, one function each: `liptako.plot`.

Every chart carries its finding, from when it was seen, its source and a text alternative; `save`
writes it as HTML, PNG or SVG. `country` names one country by its ISO3 code or its name; `look`
goes to the chart, such as `width`. A run is what `simulate` and `load_run` give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from liptako.errors import InputError
from liptako.exhibits.facts import Facts
from liptako.exhibits.registry import exhibit

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from liptako.experiments.compare import Comparison
    from liptako.inference.motives.infer import Inferred

__all__ = [
    "annual",
    "base_rates",
    "choices",
    "compare",
    "disputes",
    "endings",
    "fan",
    "ladders",
    "lenses",
    "map",
    "perpetrators",
    "stages",
    "survival",
]


def endings(run: xr.Dataset, **look: Any) -> alt.ConcatChart:
    """Draw the endings of the alliance as dots in a hundred futures."""
    return _drawn("endings", run, None, look)


def stages(run: xr.Dataset, **look: Any) -> alt.ConcatChart:
    """Draw the stage of the pact, month by month."""
    return _drawn("stages", run, None, look)


def survival(run: xr.Dataset, country: str | None = None, **look: Any) -> alt.ConcatChart:
    """Draw how long regimes stay in power, beside past ones."""
    return _drawn("survival", run, country, look)


def disputes(run: xr.Dataset, **look: Any) -> alt.ConcatChart:
    """Draw the chances of militarised disputes by pair of states."""
    return _drawn("disputes", run, None, look)


def ladders(run: xr.Dataset, **look: Any) -> alt.ConcatChart:
    """Draw the rungs of disputes by pair of states, month by month."""
    return _drawn("ladders", run, None, look)


def choices(run: xr.Dataset, country: str | None = None, **look: Any) -> alt.ConcatChart:
    """Draw the chances of what juntas may choose."""
    return _drawn("choices", run, country, look)


def compare(found: Comparison, **look: Any) -> alt.ConcatChart:
    """Draw what differs under policies: `found` is what `liptako.compare` gives.

    Example:
        >>> compare(found).save("policies.html")  # doctest: +SKIP
    """
    from liptako.exhibits.from_comparison import facts_of, tables_of

    return exhibit("compare").draw(tables_of(found), facts_of(found), **look)


def base_rates(run: xr.Dataset, **look: Any) -> alt.ConcatChart:
    """Draw political quantities beside past cases."""
    return _drawn("base_rates", run, None, look)


def fan(run: xr.Dataset, country: str | None = None, **look: Any) -> alt.ConcatChart:
    """Draw deaths by month: what was recorded, then the futures.

    Example:
        >>> fan(run, country="AAA").save("aaa.html")  # doctest: +SKIP
    """
    return _drawn("fan", run, country, look)


def annual(run: xr.Dataset, country: str | None = None, **look: Any) -> alt.ConcatChart:
    """Draw deaths by year."""
    return _drawn("annual", run, country, look)


def perpetrators(run: xr.Dataset, country: str | None = None, **look: Any) -> alt.ConcatChart:
    """Draw civilians killed on purpose, by perpetrator."""
    return _drawn("perpetrators", run, country, look)


def map(run: xr.Dataset, leads: Sequence[int] | None = None, **look: Any) -> alt.ConcatChart:
    """Draw the chance of deaths by region, up to some months ahead, beside that by cell.

    Args:
        run: from `simulate` or `load_run`.
        leads: months ahead: 3, 12 or 36, as far as the run goes; regions have the first two. A
            year if not given.
        look: goes to the chart.
    """
    return _drawn("map", run, None, {"leads": leads, **look})


def lenses(found: Inferred, **look: Any) -> alt.ConcatChart:
    """Draw which lens decisions are consistent with, from `liptako.lenses`.

    Example:
        >>> import liptako as lp
        >>> lp.plot.lenses(lp.lenses()).save("lenses.html")  # doctest: +SKIP
    """
    from liptako.charts.lenses import lenses_chart
    from liptako.exhibits.lenses import tables_of

    table = tables_of(found.summary())["lenses"]
    return lenses_chart(table, init_month=found.case.motives.spec.last, source="", **look)


def _drawn(key: str, run: xr.Dataset, country: str | None, look: dict[str, Any]) -> alt.ConcatChart:
    from liptako.exhibits.from_run import facts_of
    from liptako.outcomes.tables import standard_tables

    entry, facts, tables = exhibit(key), facts_of(run), standard_tables(run)
    if entry.table not in tables:
        raise InputError(
            "not part of this run", field=entry.table, allowed=facts.why_no_endings or None
        )
    chosen = facts if country is None else replace(facts, countries=_one(facts, country))
    return entry.draw(tables, chosen, **look)


def _one(facts: Facts, country: str) -> dict[str, str]:
    """Return the one country that goes by a code or a name.

    Raises:
        InputError: none does.
    """
    for code, name in facts.countries.items():
        if country in (code, name):
            return {code: name}
    known = ", ".join(f"{code} ({name})" for code, name in facts.countries.items())
    raise InputError("no such country", field="country", value=country, allowed=known)
