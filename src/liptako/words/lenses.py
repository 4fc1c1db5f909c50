"""What is said of motives: what decisions are consistent with, never what a person meant.

Sentences are made from plain values, see `liptako.inference.motives.summary`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import between, every, in_hundred

say = Texts(
    "lenses",
    {
        "title": "Motives: which lens decisions are consistent with",
        "about": (
            "as seen from {date}: {quarters} quarters of juntas ({months} months), {rows} rows of "
            "the timeline, {forks} forks"
        ),
        "junta": "junta",
        "verdict": "verdict",
        "together": "All of them together",
        "undetermined": "cannot be decided here",
        "named": "more consistent with {family}",
        "share": "{mean} ({range})",
        "legend": (
            "Share of each family of lenses in what decisions follow, in 100: mean, 5% to 95%. "
            "Before the record: {before}. A family is named where it has the largest share in 90 "
            "of 100 draws. Decisions are consistent with a lens; what anyone meant is not known."
        ),
        "finding_none": (
            "Which lens the juntas' decisions follow cannot be decided from this record"
        ),
        "finding_some": "Decisions are more consistent with one lens in {count} of {juntas} juntas",
        "consistent": "{junta}: decisions are more consistent with the {family} lens.",
        "several": (
            "{junta}: decisions are consistent with several lenses ({best} has the largest share "
            "in {share} of 100 draws): it cannot be decided here."
        ),
        "gain": (
            "Held-out quarters: motives of all lenses {word} than none by {gain} ± {error} in log "
            "density."
        ),
        "better": "say them better",
        "worse": "say them worse",
        "prior": (
            "That is within its error, so the main run draws motives from their prior and not "
            "from this posterior."
        ),
        "posterior": (
            "That is more than its error, so the main run draws motives, and how ready acts are, "
            "from this posterior."
        ),
        "models": "Models of held-out quarters, against none: log density gained ± its error",
        "model": "{model}: {gain:+.1f} ± {error:.1f}",
        "base": "{model}: the base rate",
        "telling": (
            "Most telling decisions, and the family that each speaks for and against (how much "
            "likelier under the one, in logs):"
        ),
        "act": "{junta}, quarter from {month}: {what}",
        "fork": "{junta}, {month}: {what}, rather than: {instead}",
        "restraint": "{junta}: in {month} quarters open and not taken: {what}",
        "speaks": "{what}. For {best}, against {worst}: {spread:.1f}",
        "sensitivity": "What survives: the largest share over all juntas, and the verdict",
        "variant": "{name}: {best} in {share} of 100 draws; {verdict}",
        "agreement": (
            "Two codings, the second without date, name or choice: {same} of 100 codes have one "
            "sign, correlation {correlation:.2f}; of forks and lenses {forks} of 100 predict one "
            "sign. An upper bound, for their coder knew of the events. The record gives the second "
            "a weight of {weight} in 100."
        ),
        "killed": (
            "Civilians killed by the state a quarter, against the government before the first "
            "junta: {items}."
        ),
        "killed_item": "{junta} {mean:.0f} against {before:.0f}",
        "handed_over": (
            "Of past regimes born of coups in the world, {share} in 100 had handed over by the "
            "age of the oldest junta ({months} months)."
        ),
        "sampler": (
            "Sampler: largest R-hat {rhat:.3f}, {divergent} divergences, {draws:,} draws, least "
            "effective size {ess:,.0f}."
        ),
        "stale": (
            "The stored result was inferred from other files than the theatre has now: run "
            "`liptako lenses --fresh --store`."
        ),
        "changed": "Lenses, forks or codes have changed since they were frozen: {parts}.",
        "calibrated": (
            "Calibration on {histories} synthetic histories: 90% intervals hold the truth in "
            "{covered:.1f} of 100 ({lo:.0f} to {hi:.0f} by quantity); least p of ranks, corrected "
            "for {quantities}: {p:.2f}. {word}"
        ),
        "broken": (
            "The same on {histories} histories with a likelihood that counts every decision three "
            "times: {covered:.1f} of 100, p {p:.2g}. {word}"
        ),
        "refused": "Refused, as it should be.",
        "let_pass": "Let pass: this is not as it should be.",
        "passed": "As it should be.",
        "failed": "This is not as it should be.",
        "recovery": "Histories of one lens: how often its family has most weight (chance {chance})",
        "recovery_row": (
            "{quarters} quarters, {forks} forks: {found} in 100 found, {named} named, {wrong} "
            "named wrongly"
        ),
        "kinds": "Histories without one lens, right or undetermined: {items}.",
        "kind": "{kind} {right} in 100",
        "simulated": "Futures under each lens, beside motives from their prior ({members:,} each)",
        "tests": "It tests an assumption and says nothing of the world.",
        "footer": (
            "A result on coded decisions, in two codings, and no statement on the intent of any "
            "person."
        ),
        "contraction": (
            "Contraction: by how much the variance of a share fell from before to after the "
            "record, by family; 0 where nothing was learned, negative where it grew."
        ),
        "simulated_legend": (
            "Mean difference ± one Monte Carlo error, and the verdict of `liptako compare`; "
            "chances in 100; killed and coups over all of a future. Posterior: shown although the "
            "main run may not draw from it."
        ),
        "panel": "{junta}: {verdict}",
        "number": "no.",
        "decision": "decision",
        "axis": "share of what decisions follow, in 100",
        "definition": (
            "Share of each family of lenses, 5% to 95% and mean: before the record (grey) and "
            "after it, by junta"
        ),
        "source": "coded timeline to {date}; lenses after the argument that is audited",
        "before": "before the record",
        "after": "after the record",
        "words": "{junta}: {items}.",
        "words_item": "{family} {mean} in 100 ({range})",
    },
)


def verdict_text(verdict: str) -> str:
    """Return a verdict in words.

    Example:
        >>> verdict_text("undetermined")
        'cannot be decided here'
    """
    return say["undetermined"] if verdict == "undetermined" else say("named", family=verdict)


def share_text(row: Mapping[str, Any]) -> str:
    """Return a share with its interval, in 100.

    Example:
        >>> share_text({"mean": 0.25, "lo": 0.01, "hi": 0.7})
        '25 (1 to 70)'
    """
    ends = between(*(f"{100 * row[key]:.0f}" for key in ("lo", "hi")))
    return say("share", mean=f"{100 * row['mean']:.0f}", range=ends)


def legend(content: Mapping[str, Any]) -> str:
    """Return how to read the shares, and what they were before the record."""
    rows = next(iter(content["juntas"].values()))["families"]
    parts = []
    for name, row in rows.items():
        ends = {"mean": row["before"], "lo": row["before_lo"], "hi": row["before_hi"]}
        parts.append(f"{name} {share_text(ends)}")
    return say("legend", before=", ".join(parts))


def junta_sentence(row: Mapping[str, Any]) -> str:
    """Return what the decisions of a junta are consistent with."""
    if row["verdict"] != "undetermined":
        return say("consistent", junta=row["label"], family=row["verdict"])
    families = row["families"]
    best = max(families, key=lambda name: families[name]["largest"])
    share = f"{100 * families[best]['largest']:.0f}"
    return say("several", junta=row["label"], best=best, share=share)


def finding(juntas: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the sentence above the picture."""
    named = sum(row["verdict"] != "undetermined" for row in juntas.values())
    return say("finding_some", count=named, juntas=len(juntas)) if named else say["finding_none"]


def nested(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return rows of juntas and families as one record a junta, as a summary has them."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        empty = {"label": row["label"], "verdict": row["verdict"], "families": {}}
        found.setdefault(row["junta"], empty)["families"][row["family"]] = row
    return found


def gain_sentence(content: Mapping[str, Any]) -> str:
    """Return how motives fare on what was held out, and what the main run draws from."""
    row = next(row for row in content["predictive"] if row["model"] == "all lenses")
    word = say["better" if row["beyond_none"] >= 0 else "worse"]
    gain, error = f"{abs(row['beyond_none']):.1f}", f"{row['error']:.1f}"
    return f"{say('gain', word=word, gain=gain, error=error)} {say[content['motives_from']]}"


def model_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each model's gain over none."""
    return [
        say("base", model=row["model"])
        if row["model"] == "no lens"
        else say("model", model=row["model"], gain=row["beyond_none"], error=row["error"])
        for row in rows
    ]


def telling_lines(content: Mapping[str, Any]) -> list[str]:
    """Return the most telling decisions, a sentence each."""
    labels = {name: row["label"] for name, row in content["juntas"].items()}
    lines = []
    for row in content["telling"]:
        places = {key: row[key] for key in ("month", "what", "instead")}
        what = say(row["kind"], junta=labels[row["junta"]], **places)
        ends = {"best": row["for_family"], "worst": row["against_family"]}
        lines.append(say("speaks", what=what, spread=row["spread"], **ends))
    return lines


def variant_lines(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what comes out where something is left out or coded otherwise."""
    lines = []
    for name, row in rows.items():
        best = max(row["largest"], key=lambda family: row["largest"][family])
        share = f"{100 * row['largest'][best]:.0f}"
        verdict = verdict_text(row["verdict"])
        lines.append(say("variant", name=name, best=best, share=share, verdict=verdict))
    return lines


def agreement_sentence(content: Mapping[str, Any]) -> str:
    """Return how far the two codings agree."""
    row = content["agreement"]
    return say(
        "agreement",
        same=f"{100 * row['same_sign']:.0f}",
        correlation=row["correlation"],
        forks=f"{100 * row['same_fork_sign']:.0f}",
        weight=f"{100 * content['second_coding']:.0f}",
    )


def comparator_lines(content: Mapping[str, Any]) -> list[str]:
    """Return what stands beside the juntas' decisions, as far as there are series."""
    lines, labels = [], {name: row["label"] for name, row in content["juntas"].items()}
    killed = content["comparators"]["killed_by_state"]
    if killed:
        items = [
            say("killed_item", junta=labels[name], mean=row["mean"], before=row["before"])
            for name, row in killed.items()
        ]
        lines.append(say("killed", items="; ".join(items)))
    gave = content["comparators"]["handed_over"]
    if gave:
        oldest = max(gave, key=lambda row: row["months"])
        share = f"{100 * oldest['handed_over']:.0f}"
        lines.append(say("handed_over", share=share, months=oldest["months"]))
    return lines


def calibration_lines(content: Mapping[str, Any]) -> list[str]:
    """Return what synthetic histories show."""
    ends = {"calibrated": ("failed", "passed"), "broken": ("refused", "let_pass")}
    lines = [
        say(
            key,
            histories=found["histories"],
            covered=100 * found["covered"],
            lo=100 * found["covered_each"]["lo"],
            hi=100 * found["covered_each"]["hi"],
            quantities=found["quantities"],
            p=found["least_p_corrected"],
            word=say[ends[key][found["passed"]]],
        )
        for key, found in (
            ("calibrated", content["calibration"]),
            ("broken", content.get("broken")),
        )
        if found
    ]
    if rows := content.get("recovery"):
        lines.append(say("recovery", chance=in_hundred(rows[0]["chance"])))
        for row in rows:
            parts = {key: f"{100 * row[key]:.0f}" for key in ("found", "named", "wrong")}
            about = {key: row[key] for key in ("quarters", "forks")}
            lines.append("  " + say("recovery_row", **about, **parts))
    if kinds := content.get("false_names"):
        items = [
            say("kind", kind=kind, right=f"{100 * row['right']:.0f}") for kind, row in kinds.items()
        ]
        lines.append(say("kinds", items=every(items)))
    return lines


def alternative(juntas: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text alternative of the picture: every number that it shows."""
    parts = []
    for row in juntas.values():
        items = []
        for family, one in row["families"].items():
            ends = between(*(f"{100 * one[key]:.0f}" for key in ("lo", "hi")))
            mean = f"{100 * one['mean']:.0f}"
            items.append(say("words_item", family=family, mean=mean, range=ends))
        parts.append(say("words", junta=row["label"], items=", ".join(items)))
    return " ".join(parts)
