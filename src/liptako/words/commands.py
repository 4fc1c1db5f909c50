"""What the smaller commands say: assumptions, data, doctor, fit, scenario."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "commands",
    {
        # assumptions
        "rest_on": "what its numbers rest on",
        "meaning": "{meaning} ({unit})",
        "meaning_each": "{meaning} ({unit}, one for each {shape})",
        "setting_range": "{setting}; range {low:g} to {high:g}",
        "acts_on": "Acts on {process}",
        "source": "Source: {source}",
        "parameters": "{number} parameters: {counts}",
        "tables": "Judgement in the theatre's own files, frozen too: {tables}",
        "not_frozen": "Judgement is not frozen yet.",
        "as_frozen": "Judgement as frozen on {date}",
        "changed": (
            "Judgement CHANGED since it was frozen on {date}: log the decision. Changed: {paths}"
        ),
        "and": " and ",
        # data
        "coverage": "Deaths by country and year (all kinds of violence, best estimate), to {last}",
        "country": "Country",
        "no_data": "no data",
        "not_peace": ("No data is not peace: such cells are unobserved, and left out of totals."),
        "partly": "* Observed in parts of the country, or of the year, only.",
        "data_source": "{title}, {vintage}, {licence}",
        "dry_run": "Nothing written: a dry run.",
        "imported": "Imported into {folder}",
        # fit
        "fitted": (
            "Fitted {scenario} on data to {until} in {seconds:.0f} s (theatre {theatre:.0f} s)"
        ),
        "posterior": (
            "Log posterior {value:,.1f}; spectral radius of the excitation {radius:.2f} (stable "
            "below 1)"
        ),
        "events": "Events that follow one event (predictive, 90% interval)",
        "reading": "  {middle:6.3f}  ({low:.3f} to {high:.3f})  {label}",
        "reproduced": "Shipped fit reproduced: largest gap {gap} sd",
        "not_reproduced": "Shipped fit NOT reproduced: largest gap {gap} sd",
        # doctor
        "doctor_versions": "Versions",
        "doctor_settings": "Settings",
        "doctor_cache": "Cache",
        "doctor_data": "Data",
        "doctor_memory": "Memory and processors",
        "doctor_browser": "Browser",
        "no_browser": "none found; a report opens in any browser",
        # scenario
        "written": "Written: {files}\nNext:",
        "step": "  {number}. {text}",
        "step_read": "Read {file}; replace what stands in the files",
        "step_check_new": "liptako scenario check {file}  (no data yet: it says so)",
        "step_edit": "Edit {file}",
        "fine": "{file}: fine. Theatre {theatre}, from {init_time}, policies: {policies}",
    },
)


def meaning(text: str, unit: str, shape: Sequence[str]) -> str:
    """Return what a parameter means, its unit, and what there is one for."""
    if not shape:
        return say("meaning", meaning=text, unit=unit)
    return say("meaning_each", meaning=text, unit=unit, shape=say["and"].join(shape))
