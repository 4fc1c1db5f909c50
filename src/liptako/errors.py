"""The one exception for bad input: what was wrong, where, and what would be right."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """A file, a field or an argument holds something that is not allowed.

    The command line prints it and exits with code 2; library users catch it.

    Args:
        problem: one sentence that says what is wrong.
        file: the file it was found in.
        field: where in the file: a column and row, a key path, an argument.
        value: what was received.
        allowed: what would have been accepted.

    Example:
        >>> str(InputError("out of range", field="members", value=0, allowed="1 to 1000000"))
        'members: out of range; received 0; allowed: 1 to 1000000'
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        field: str | None = None,
        value: object = None,
        allowed: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.field = field
        self.value = value
        self.allowed = allowed
        where = ": ".join(part for part in (self.file, field) if part)
        text = f"{where}: {problem}" if where else problem
        if value is not None:
            text += f"; received {_shorten(value)}"
        if allowed is not None:
            text += f"; allowed: {allowed}"
        super().__init__(text)

    def as_dict(self) -> dict[str, object]:
        """Return the parts as a plain mapping, for `--json`."""
        return {
            "problem": self.problem,
            "file": self.file,
            "field": self.field,
            "value": None if self.value is None else _shorten(self.value),
            "allowed": self.allowed,
        }


def _shorten(value: object, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
