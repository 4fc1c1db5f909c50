"""The report's figures: each a chart, its words, and what the page needs to draw it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from liptako import charts
from liptako.exhibits.facts import ReportFacts


@dataclass(frozen=True)
class Figure:
    """A chart on the page; `spec` is JSON that is safe inside a script element.

    `still` is an SVG for readers without scripts, empty where it would be too large.
    """

    key: str
    table: str
    finding: str
    lines: list[str]
    words: str
    spec: str
    still: str


def figures(
    tables: Mapping[str, pd.DataFrame],
    facts: ReportFacts,
    outlines: Mapping[str, Any] | None = None,
) -> dict[str, Figure]:
    """Draw every chart for which there is a table.

    Args:
        tables: as `liptako.report.render` takes them.
        facts: of the run.
        outlines: country outlines for the map.
    """
    stamp: Any = {"init_month": facts.init_month, "source": facts.source}
    found = _politics(tables, facts, stamp)
    civilians = tables["civilians_perpetrator"]
    found |= {
        "fan": _figure(
            "fan",
            "deaths_country_month",
            charts.fan(
                tables["observed"],
                tables["deaths_country_month"],
                tables.get("deaths_members"),
                countries=facts.countries,
                **stamp,
            ),
        ),
        "annual": _figure(
            "annual",
            "deaths_country_period",
            charts.annual(tables["deaths_country_period"], countries=facts.countries, **stamp),
        ),
        "perpetrators": _figure(
            "perpetrators",
            "civilians_perpetrator",
            charts.perpetrators(
                civilians, countries=facts.countries, names=facts.perpetrators, **stamp
            ),
        ),
    }
    if "cells" in tables:
        drawn = charts.map_chart(
            tables["cells"],
            outlines=outlines,
            countries=facts.countries,
            leads=sorted({int(lead) for lead in tables["cells"]["lead"]}),
            **stamp,
        )
        found["map"] = _figure("map", "cells", drawn, still=False)
    return found


def _politics(
    tables: Mapping[str, pd.DataFrame], facts: ReportFacts, stamp: Mapping[str, Any]
) -> dict[str, Figure]:
    found = {}
    if "endings" in tables:
        drawn = charts.endings_chart(tables["endings"], **stamp)
        found["endings"] = _figure("endings", "endings", drawn)
    if "pact_stage" in tables:
        drawn = charts.stages_chart(tables["pact_stage"], **stamp)
        found["stages"] = _figure("stages", "pact_stage", drawn)
    if "regime_survival" in tables:
        drawn = charts.survival_chart(tables["regime_survival"], countries=facts.countries, **stamp)
        found["survival"] = _figure("survival", "regime_survival", drawn)
    if "base_rates" in tables:
        drawn = charts.base_rates_chart(tables["base_rates"], **stamp)
        found["base_rates"] = _figure("base_rates", "base_rates", drawn)
    if "ladder_shares" in tables:
        drawn = charts.ladders_chart(tables["ladder_shares"], dyads=facts.dyads, **stamp)
        found["ladders"] = _figure("ladders", "ladder_shares", drawn)
    if "dispute_chances" in tables:
        drawn = charts.disputes_chart(tables["dispute_chances"], dyads=facts.dyads, **stamp)
        found["disputes"] = _figure("disputes", "dispute_chances", drawn)
    if "acts" in tables:
        drawn = charts.choices_chart(tables["acts"], countries=facts.countries, **stamp)
        found["choices"] = _figure("choices", "acts", drawn)
    return found


def json_in_html(value: object) -> str:
    r"""Return JSON that cannot end the script element it stands in.

    Example:
        >>> json_in_html("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _figure(key: str, table: str, chart: alt.ConcatChart, *, still: bool = True) -> Figure:
    spec = chart.to_dict(validate=False)
    spec.pop("$schema", None)
    return Figure(
        key=key,
        table=table,
        finding=spec["usermeta"]["finding"],
        lines=spec["usermeta"]["lines"],
        words=charts.text_alternative(chart),
        spec=json_in_html(spec),
        still=_still(spec) if still else "",
    )


def _still(spec: Mapping[str, Any]) -> str:
    """Return a chart as SVG, without the title that the page carries in its own text."""
    import vl_convert

    bare = {name: part for name, part in spec.items() if name not in ("title", "datasets")}
    bare["config"] = bare["config"] | {"axis": bare["config"]["axis"] | {"labelLimit": 0}}
    return vl_convert.vegalite_to_svg(_uncut(bare) | {"datasets": spec["datasets"]})


def _uncut(part: Any) -> Any:
    """Return a part of a chart whose labels are never cut: measuring them takes a third of all."""
    if isinstance(part, dict):
        return {name: 0 if name == "labelLimit" else _uncut(inner) for name, inner in part.items()}
    return [_uncut(inner) for inner in part] if isinstance(part, list) else part
