"""How far to trust a run, as text: in a few words for the first screen, and in full."""

from __future__ import annotations

from liptako.exhibits import endings, pieces
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.words import trust as words

Terms = tuple[tuple[str, tuple[str, ...]], ...]
"""Each term with the sentences on it."""


def shortly(tables: Tables, facts: Facts) -> list[str]:
    """Return how deaths, politics and outcomes together were tested, a short line each."""
    found = [facts.skill or words.say["not_verified"], *facts.tested_shortly]
    if "endings" in tables:
        found.append(endings.evidence_line(tables))
    return found


def caveat(tables: Tables, facts: Facts) -> str:
    """Return the sentence that goes wherever the headline goes: past cases, and how tested."""
    if "endings" not in tables:
        return words.sentence(facts.skill or words.say["not_verified"])
    return " ".join([*pieces.past_line(tables, facts), endings.evidence_line(tables)])


def how_tested(tables: Tables, facts: Facts) -> Terms:
    """Return all that is known of how far to trust a run: deaths, politics, data, warnings."""
    deaths = (facts.skill or words.say["not_verified"], *facts.tested_deaths)
    politics = (words.say["not_modelled"],)
    if "endings" in tables:
        politics = tuple(endings.trust_lines(tables, facts))
    found = [(words.say["deaths"], deaths), (words.say["politics"], politics)]
    if moved := endings.forms_line(tables):
        found.append((words.say["forms"], (moved,)))
    found.append((words.say["data"], (facts.data_vintages, *facts.warnings)))
    return tuple(found)
