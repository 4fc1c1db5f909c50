"""Every table of a run, in the order of its page and its workbook, and how each is shown.

To add a chart: its function in `liptako.charts`, its texts in `liptako.words`, an entry here.
"""

from __future__ import annotations

from liptako.errors import InputError
from liptako.exhibits import (
    acts,
    blocs,
    civilians,
    claims,
    compare,
    deaths,
    disputes,
    endings,
    lenses,
    pieces,
    places,
    ranks,
    reasons,
    regimes,
    rents,
    sides,
    territory,
    wars,
)
from liptako.exhibits.exhibit import Exhibit, Printed, Tables
from liptako.exhibits.narrow import eventful, moving
from liptako.words.places import say as place_words
from liptako.words.reasons import say as reason_words

COUNTRIES = {"countries": "countries"}
DYADS = {"dyads": "dyads"}

EXHIBITS = (
    Exhibit(
        key="perpetrators",
        table="civilians_perpetrator",
        chart="perpetrators.perpetrators_chart",
        uses={"countries": "countries", "names": "perpetrators"},
        grids=(
            Printed(key="civilians", make=civilians.total_grid, how="first", look="lead"),
            Printed(key="by_country", make=civilians.country_grid, how="fold"),
        ),
        lines=civilians.lines,
        narrow=eventful,
        section="civilians",
        needed=True,
    ),
    Exhibit(
        key="displaced",
        table="displaced",
        grids=(Printed(key="displaced", make=civilians.displaced_grid, how="fold"),),
        lines=civilians.displaced_lines,
        section="civilians",
    ),
    Exhibit(
        key="fan",
        table="deaths_country_month",
        takes=("observed", "deaths_country_month", "deaths_members"),
        chart="fan.fan_chart",
        uses=COUNTRIES,
        narrow=eventful,
        section="civilians",
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
        narrow=eventful,
        fold=True,
        section="civilians",
        needed=True,
    ),
    Exhibit(
        key="dead_side",
        table="dead_side",
        grids=(Printed(key="dead_side", make=sides.side_grid, how="fold"),),
        section="civilians",
    ),
    Exhibit(
        key="strain",
        table="strain",
        grids=(Printed(key="strain", make=sides.strain_grid, how="fold"),),
        section="civilians",
    ),
    Exhibit(
        key="regions",
        table="regions",
        grids=(
            Printed(key="regions", make=places.regions_grid, look="wide"),
            Printed(key="all_regions", make=places.all_regions_grid, how="fold", look="wide every"),
        ),
        section="places",
        absent=lambda: place_words["region"],
    ),
    Exhibit(
        key="map",
        table="cells",
        takes=("cells", "regions"),
        chart="map.map_chart",
        uses={"countries": "countries", "outlines": "outlines"},
        still=False,
        section="places",
        absent=lambda: place_words["map"],
        sheet=False,
    ),
    Exhibit(
        key="coast",
        table="coast",
        grids=(Printed(key="coast", make=places.coast_grid, look="prose"),),
        lines=places.coast_lines,
        section="places",
        absent=lambda: "",
    ),
    Exhibit(key="stages", table="pact_stage", chart="stages.stages_chart", section="pact"),
    Exhibit(
        key="survival",
        table="regime_survival",
        chart="survival.survival_chart",
        uses=COUNTRIES,
        fold=True,
        section="pact",
    ),
    Exhibit(
        key="endings",
        table="endings",
        chart="endings.endings_chart",
        lines=endings.lines,
        fold=True,
        section="pact",
    ),
    Exhibit(
        key="ending_table",
        table="ending_table",
        grids=(Printed(key="cross", make=endings.cross_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="exits",
        table="exits",
        grids=(Printed(key="exits", make=regimes.exits_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="attempts",
        table="attempts",
        grids=(Printed(key="attempts", make=regimes.attempts_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="reach",
        table="reach",
        grids=(Printed(key="reach", make=regimes.reach_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="besieged",
        table="besieged",
        grids=(Printed(key="besieged", make=territory.besieged_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="agenda",
        table="agenda",
        grids=(Printed(key="agenda", make=rents.agenda_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="means",
        table="means",
        grids=(Printed(key="means", make=rents.means_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="disputes",
        table="dispute_chances",
        chart="ladders.disputes_chart",
        uses=DYADS,
        fold=True,
        section="pact",
    ),
    Exhibit(
        key="dispute_groups",
        table="dispute_groups",
        grids=(Printed(key="groups", make=disputes.groups_grid, how="fold"),),
        lines=disputes.lines,
        section="pact",
    ),
    Exhibit(
        key="ladders",
        table="ladder_shares",
        chart="ladders.ladders_chart",
        uses=DYADS,
        narrow=moving,
        fold=True,
        section="pact",
    ),
    Exhibit(
        key="upper_rungs",
        table="upper_rungs",
        grids=(Printed(key="rungs", make=disputes.rungs_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="blocs",
        table="blocs",
        grids=(Printed(key="blocs", make=blocs.blocs_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="choices",
        table="acts",
        chart="choices.choices_chart",
        uses=COUNTRIES,
        grids=(Printed(key="acts", make=acts.acts_grid, how="fold"),),
        lines=acts.acts_lines,
        fold=True,
        section="pact",
    ),
    Exhibit(
        key="promises",
        table="promises",
        grids=(Printed(key="promises", make=acts.promises_grid, how="fold"),),
        lines=acts.promises_lines,
        section="pact",
    ),
    Exhibit(
        key="ranks",
        table="ranks",
        grids=(Printed(key="ranks", make=ranks.ranks_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="patrons",
        table="patrons",
        grids=(Printed(key="support", make=acts.support_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="patron_wars",
        table="patron_wars",
        grids=(Printed(key="wars", make=acts.wars_grid, how="fold"),),
        section="pact",
    ),
    Exhibit(
        key="compare",
        table="comparison",
        chart="compare.compare_chart",
        uses={"about": "compared"},
        still=False,
        grids=(
            Printed(key="questions", make=compare.questions_grid, look="prose"),
            Printed(key="policies", make=compare.sentences_grid, how="fold", look="prose names"),
            Printed(key="differences", make=compare.differences_grid, how="fold", look="names"),
        ),
        fold=True,
        section="what-if",
    ),
    Exhibit(
        key="signposts",
        table="signposts",
        grids=(
            Printed(key="pieces_signposts", make=reasons.pieces_signposts_grid),
            Printed(key="signposts", make=reasons.signposts_grid, how="fold"),
        ),
        section="signposts",
        absent=lambda: reason_words["signposts_absent"],
    ),
    Exhibit(
        key="lenses",
        table="lenses",
        chart="lenses.lenses_chart",
        grids=(Printed(key="lenses", make=lenses.shares_grid, how="fold"),),
        section="motives",
    ),
    Exhibit(
        key="lenses_telling",
        table="lenses_telling",
        grids=(Printed(key="telling", make=lenses.telling_grid, how="fold"),),
        section="motives",
    ),
    Exhibit(
        key="claims",
        table="claims",
        grids=(
            Printed(key="tally", make=claims.tally_grid),
            Printed(key="claims", make=claims.claims_grid, how="fold", look="prose"),
        ),
        section="claims",
    ),
    Exhibit(
        key="pieces",
        table="pieces",
        grids=(Printed(key="pieces", make=pieces.pieces_grid, how="fold", look="prose"),),
        section="trust",
    ),
    Exhibit(
        key="ending_variants",
        table="ending_variants",
        grids=(
            Printed(key="variants", make=endings.variants_grid, how="fold"),
            Printed(key="reporting", make=endings.reporting_grid, how="fold"),
        ),
        section="trust",
    ),
    Exhibit(
        key="base_rates",
        table="base_rates",
        chart="base_rates.base_rates_chart",
        fold=True,
        section="trust",
    ),
    Exhibit(
        key="rollback_steps",
        table="rollback_steps",
        grids=(Printed(key="steps", make=wars.steps_grid, how="fold"),),
        section="trust",
    ),
    Exhibit(
        key="war_years",
        table="war_years",
        grids=(Printed(key="war_years", make=wars.years_grid, how="fold"),),
        section="trust",
    ),
    Exhibit(
        key="threshold_grid",
        table="threshold_grid",
        grids=(Printed(key="thresholds", make=endings.thresholds_grid, how="fold"),),
        section="trust",
    ),
    Exhibit(
        key="evidence",
        table="evidence",
        grids=(Printed(key="evidence", make=reasons.evidence_grid),),
        section="assumptions",
        absent=lambda: reason_words["evidence_absent"],
    ),
    Exhibit(
        key="assumptions",
        table="assumptions",
        grids=(Printed(key="assumptions", make=reasons.assumptions_grid),),
        section="assumptions",
    ),
    Exhibit(
        key="forms",
        table="forms",
        grids=(Printed(key="forms", make=pieces.forms_grid, how="fold"),),
        section="assumptions",
    ),
    Exhibit(key="observed", table="observed", needed=True),
    Exhibit(key="deaths_members", table="deaths_members"),
    Exhibit(key="deaths_stream", table="deaths_stream", offered=False),
    Exhibit(key="sub_endings", table="sub_endings"),
    Exhibit(key="ending_variance", table="ending_variance"),
    Exhibit(key="ending_parts", table="ending_parts"),
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
