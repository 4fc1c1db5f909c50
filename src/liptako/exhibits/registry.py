"""Every table of a run, in the order of its page and its workbook, and how each is shown.

To add a chart: its function in `liptako.charts`, its texts in `liptako.words`, an entry here.
"""

from __future__ import annotations

from liptako.errors import InputError
from liptako.exhibits import (
    acts,
    civilians,
    deaths,
    disputes,
    endings,
    pieces,
    places,
    regimes,
    sides,
    wars,
)
from liptako.exhibits.exhibit import Exhibit, Printed, Tables
from liptako.words.places import say as place_words

COUNTRIES = {"countries": "countries"}
DYADS = {"dyads": "dyads"}

EXHIBITS = (
    Exhibit(key="observed", table="observed", needed=True),
    Exhibit(
        key="fan",
        table="deaths_country_month",
        takes=("observed", "deaths_country_month", "deaths_members"),
        chart="fan.fan_chart",
        uses=COUNTRIES,
        section="months",
        needed=True,
    ),
    Exhibit(
        key="annual",
        table="deaths_country_period",
        chart="annual.annual_chart",
        uses=COUNTRIES,
        grids=(
            Printed(key="deaths", make=deaths.deaths_grid, how="first", look="lead"),
            Printed(key="later", make=deaths.later_grid, how="fold"),
        ),
        lines=deaths.lines,
        section="years",
        needed=True,
    ),
    Exhibit(key="deaths_members", table="deaths_members"),
    Exhibit(key="deaths_stream", table="deaths_stream", offered=False),
    Exhibit(
        key="dead_side",
        table="dead_side",
        grids=(Printed(key="dead_side", make=sides.side_grid, how="fold"),),
        section="years",
    ),
    Exhibit(
        key="strain",
        table="strain",
        grids=(Printed(key="strain", make=sides.strain_grid, how="fold"),),
        section="years",
    ),
    Exhibit(
        key="perpetrators",
        table="civilians_perpetrator",
        chart="perpetrators.perpetrators_chart",
        uses={"countries": "countries", "names": "perpetrators"},
        grids=(
            Printed(key="civilians", make=civilians.total_grid),
            Printed(key="by_country", make=civilians.country_grid, how="fold"),
        ),
        lines=civilians.lines,
        section="civilians",
        needed=True,
    ),
    Exhibit(
        key="displaced",
        table="displaced",
        grids=(Printed(key="displaced", make=civilians.displaced_grid),),
        lines=civilians.displaced_lines,
        section="civilians",
    ),
    Exhibit(
        key="regions",
        table="regions",
        grids=(Printed(key="regions", make=places.regions_grid),),
        section="where",
        absent=lambda: place_words["region"],
    ),
    Exhibit(
        key="coast",
        table="coast",
        grids=(Printed(key="coast", make=places.coast_grid, look="prose"),),
        lines=places.coast_lines,
        section="coast",
        absent=lambda: "",
    ),
    Exhibit(
        key="map",
        table="cells",
        chart="map.map_chart",
        uses={"countries": "countries", "outlines": "outlines"},
        still=False,
        section="where",
        absent=lambda: place_words["map"],
        sheet=False,
    ),
    Exhibit(
        key="endings",
        table="endings",
        chart="endings.endings_chart",
        lines=endings.lines,
        section="endings",
    ),
    Exhibit(
        key="pieces",
        table="pieces",
        grids=(Printed(key="pieces", make=pieces.pieces_grid, how="block", look="prose"),),
        section="endings",
    ),
    Exhibit(
        key="forms",
        table="forms",
        grids=(Printed(key="forms", make=pieces.forms_grid, how="block"),),
        section="endings",
    ),
    Exhibit(key="sub_endings", table="sub_endings"),
    Exhibit(
        key="ending_table",
        table="ending_table",
        grids=(Printed(key="cross", make=endings.cross_grid, how="block"),),
        section="endings",
    ),
    Exhibit(
        key="ending_variants",
        table="ending_variants",
        grids=(
            Printed(key="variants", make=endings.variants_grid, how="block"),
            Printed(key="reporting", make=endings.reporting_grid, how="block"),
        ),
        section="endings",
    ),
    Exhibit(key="ending_variance", table="ending_variance"),
    Exhibit(key="ending_parts", table="ending_parts"),
    Exhibit(
        key="threshold_grid",
        table="threshold_grid",
        grids=(Printed(key="thresholds", make=endings.thresholds_grid, how="fold"),),
        section="endings",
    ),
    Exhibit(
        key="rollback_steps",
        table="rollback_steps",
        grids=(Printed(key="steps", make=wars.steps_grid, how="block"),),
        section="endings",
    ),
    Exhibit(
        key="war_years",
        table="war_years",
        grids=(Printed(key="war_years", make=wars.years_grid, how="fold"),),
        section="endings",
    ),
    Exhibit(key="stages", table="pact_stage", chart="stages.stages_chart", section="pact"),
    Exhibit(
        key="survival",
        table="regime_survival",
        chart="survival.survival_chart",
        uses=COUNTRIES,
        section="regimes",
    ),
    Exhibit(
        key="exits",
        table="exits",
        grids=(Printed(key="exits", make=regimes.exits_grid, how="fold"),),
        section="regimes",
    ),
    Exhibit(
        key="attempts",
        table="attempts",
        grids=(Printed(key="attempts", make=regimes.attempts_grid, how="fold"),),
        section="regimes",
    ),
    Exhibit(
        key="reach",
        table="reach",
        grids=(Printed(key="reach", make=regimes.reach_grid, how="fold"),),
        section="regimes",
    ),
    Exhibit(
        key="disputes",
        table="dispute_chances",
        chart="ladders.disputes_chart",
        uses=DYADS,
        section="disputes",
    ),
    Exhibit(
        key="dispute_groups",
        table="dispute_groups",
        grids=(Printed(key="groups", make=disputes.groups_grid, how="block"),),
        lines=disputes.lines,
        section="disputes",
    ),
    Exhibit(
        key="ladders",
        table="ladder_shares",
        chart="ladders.ladders_chart",
        uses=DYADS,
        section="disputes",
    ),
    Exhibit(
        key="upper_rungs",
        table="upper_rungs",
        grids=(Printed(key="rungs", make=disputes.rungs_grid, how="fold"),),
        section="disputes",
    ),
    Exhibit(
        key="choices",
        table="acts",
        chart="choices.choices_chart",
        uses=COUNTRIES,
        grids=(Printed(key="acts", make=acts.acts_grid, how="block"),),
        lines=acts.acts_lines,
        section="choices",
    ),
    Exhibit(
        key="promises",
        table="promises",
        grids=(Printed(key="promises", make=acts.promises_grid, how="block"),),
        lines=acts.promises_lines,
        section="choices",
    ),
    Exhibit(
        key="patrons",
        table="patrons",
        grids=(Printed(key="support", make=acts.support_grid, how="block"),),
        section="patrons",
    ),
    Exhibit(
        key="base_rates",
        table="base_rates",
        chart="base_rates.base_rates_chart",
        section="base-rates",
    ),
)

_BY_KEY = {exhibit.key: exhibit for exhibit in EXHIBITS}


def exhibit(key: str) -> Exhibit:
    """Return the entry that goes by a key.

    Raises:
        InputError: there is none.

    Example:
        >>> exhibit("fan").table
        'deaths_country_month'
    """
    if key not in _BY_KEY:
        raise InputError("no such exhibit", field="key", value=key, allowed=", ".join(_BY_KEY))
    return _BY_KEY[key]


def check_tables(tables: Tables) -> None:
    """Check that tables can be shown: those that every run has, and none that nothing shows.

    Raises:
        InputError: naming the table.
    """
    needed = [entry.table for entry in EXHIBITS if entry.needed]
    for name in needed:
        if name not in tables:
            raise InputError(
                "the table is missing", field=name, value=sorted(tables), allowed=", ".join(needed)
            )
    check_known(tables)


def check_known(tables: Tables) -> None:
    """Check that each table has an entry, so that none is left out unseen.

    Raises:
        InputError: naming the table.
    """
    known = [entry.table for entry in EXHIBITS]
    for name in tables:
        if name not in known:
            raise InputError("no such table", field=name, allowed=", ".join(known))
