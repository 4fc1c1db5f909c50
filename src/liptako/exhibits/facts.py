"""What is shown of a run besides its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liptako.errors import InputError
from liptako.words import deaths as words


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of one run, plain values all. Who prints them escapes them.

    Attributes:
        title: of the scenario.
        init_month: last month that the run has seen, as a month number.
        last_data_month: last month of the event data.
        months: how far the run goes.
        members: how many futures were simulated.
        seed: of the random numbers.
        run_id: names the run.
        data_vintages: the data and their releases, in one line.
        events: the source of the events, with its licence.
        countries: ISO3 code to name, in the order to show them.
        allies: codes of the states of the pact, in order.
        littoral: codes of the coastal neighbours, in order.
        perpetrators: code to name, in the order to show them.
        stream_notes: who is counted under each label, and how events are told apart.
        skill: what tests against the record have shown; `None`: not yet verified.
        tested_deaths: what further tests of deaths have shown, a sentence a test.
        tested: the same of politics.
        tested_shortly: the most of it in a few words, for the first screen.
        warnings: what a reader must know before using a number.
        provenance: versions, hashes, settings.
        citation: one line of text.
        bibtex: the same for reference managers.
        alliance: whose endings are simulated, for the question above the headline.
        dyads: pair of ISO3 codes to names, in the order to show them; needed with disputes.
        thresholds: where endings begin and stop, as the scenario's `endings`; needed with them.
        why_no_endings: why there are none, where there are none.
        compared: what policies were compared, see `liptako.words.what_if.about_lines`; needed
            with such a table.
        outlines: country outlines for the map, from `liptako.charts.read_outlines`.
        language: of the text, as an HTML language tag.
    """

    title: str
    init_month: int
    last_data_month: int
    months: int
    members: int
    seed: int
    run_id: str
    data_vintages: str
    events: str
    countries: Mapping[str, str]
    perpetrators: Mapping[str, str]
    allies: tuple[str, ...] = ()
    littoral: tuple[str, ...] = ()
    stream_notes: tuple[str, ...] = ()
    skill: str | None = None
    tested_deaths: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    tested_shortly: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)
    provenance: Mapping[str, object] = field(default_factory=dict)
    citation: str = ""
    bibtex: str = ""
    alliance: str = ""
    dyads: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    why_no_endings: str = ""
    compared: Mapping[str, Any] = field(default_factory=dict)
    outlines: Mapping[str, Any] | None = None
    language: str = "en"

    @property
    def near(self) -> int:
        """Months of the next year, fewer in a run that is shorter."""
        return min(12, self.months)

    @property
    def before(self) -> str:
        """Name of the recorded period that the next year is compared with."""
        return f"last_{self.near}_months"

    @property
    def ahead(self) -> str:
        """Name of the next year."""
        return f"next_{self.near}_months"

    def __post_init__(self) -> None:
        for name in ("months", "members"):
            if getattr(self, name) < 1:
                raise InputError(
                    "out of range", field=name, value=getattr(self, name), allowed="1 or more"
                )
        if self.last_data_month > self.init_month:
            raise InputError(
                "the data reach beyond the init month",
                field="last_data_month",
                value=self.last_data_month,
                allowed=f"at most {self.init_month}",
            )

    @property
    def source(self) -> str:
        """The source line of every chart."""
        return words.say("events_and_futures", events=self.events)
