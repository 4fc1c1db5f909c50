"""What is said of contrasts: signs, columns, what was altered and what law bounds."""

from __future__ import annotations

from liptako.words.language import Texts

ARROWS = {"up": "↑", "down": "↓", "unclear": "?"}

say = Texts(
    "contrasts",
    {
        "about": (
            "as seen from {date}: contrasts, {members} futures of each of {arms} arms, seed {seed}"
        ),
        "civilians": "civilians",
        "difference": "difference",
        "middle": "middle",
        "range": "range",
        "sets": "sets",
        "legend": (
            "Arrow: the sign that was expected. Civilians: the difference in civilians killed on "
            "purpose in the members, always shown. Chances in 100; ±: one Monte Carlo error. The "
            "difference is a mean, which a few great wars can pull up; middle and range: half, and "
            "5% to 95%, of the sets of assumptions. Sets: how many of 100 have the sign; * "
            "robust, in 90 or more. Where fewer have it, the sign depends on assumptions: read it "
            "as no view."
        ),
        "footer": "A comparison in a model, not an experiment.",
        "verdict": "{verdict}: {rows}",
        "law": "Acts of armed actors are assumptions, never advice. What law bounds them:",
        "against": "Against the expected sign",
        "nothing": "Within Monte Carlo error, explained",
        "some": "{head}:",
        "none": "{head}: none.",
        "unexplained": "Not explained yet.",
        "altered": "Assumptions altered in an arm, which tests them and not the world:",
    },
)
