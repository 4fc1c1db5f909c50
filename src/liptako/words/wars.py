"""What is said of wars rolled back: futures beside past wars, and rule beside rule."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "wars",
    {
        "steps": "War rolled back, past wars and futures by rule: in 100",
        "rule": "Counted by",
        "past_wars": "Past wars of the same size",
        "past_wars_second": "Past wars of the same size and recent rise",
        "totals": "Futures, as past wars are counted",
        "strict": "Futures, by the rule of the endings",
        "strict_totals": "  all state-based deaths",
        "strict_last_year": "  the last year alone",
        "strict_others_free": "  no bound on the other members",
        "strict_cells_free": "  no bound on cells attacked",
        "steps_note": (
            "Past wars: years since 1990 in which as many countries were at war; state-based "
            "deaths of at most half in two of them, for two years, and no more than a tenth up in "
            "the others. Their brackets: 90% interval; those of futures: 9 in 10 sets of "
            "assumptions. Indented: the rule of the endings with one part relaxed."
        ),
        "years": "State-based deaths a year: middle of futures, and of past wars like it",
        "country": "Country",
        "ending_in": "Year to",
        "over_last": "Times the last year",
        "past_over_last": "Past wars",
        "past_over_last_second": "With like rise",
        "fell": "Fell, in 100",
        "past_fell": "Past wars",
        "past_fell_second": "With like rise",
        "years_note": (
            "Fell: at most half of the mean of the three years before the start, for two years (at "
            "the end of the first year: for that year)."
        ),
    },
)
