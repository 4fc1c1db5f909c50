"""Checking what a file says against a record: what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from liptako.errors import InputError

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[int | str, ...]

_PROBLEMS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "greater_than": "out of range",
    "greater_than_equal": "out of range",
    "less_than": "out of range",
    "less_than_equal": "out of range",
    "finite_number": "out of range",
    "literal_error": "not an allowed value",
    "string_pattern_mismatch": "not an allowed value",
    "string_too_short": "too short",
    "string_too_long": "too long",
    "too_short": "too short",
    "too_long": "too long",
}


def validate(
    model: type[Model], content: Mapping[str, Any], file: Path, *, inside: str | None = None
) -> Model:
    """Check what a file holds; report the first problem with its key path.

    Types are not converted: `members = "64"` and `members = true` are refused.

    Args:
        model: the record.
        content: as read from TOML.
        file: named in messages.
        inside: the one field of `model` that the content as a whole stands for.

    Raises:
        InputError: naming the file, the key, the value received and what is allowed.

    Example:
        >>> from liptako.theatre.schema import Place
        >>> validate(Place, {"name": "A", "lat": 200, "lon": 0}, Path("a.toml"))
        Traceback (most recent call last):
        liptako.errors.InputError: a.toml: lat: out of range; received 200; \
allowed: a number, -90 to 90
    """
    whole = {inside: content} if inside else content
    try:
        # As JSON, because only there a strict check takes a list for a tuple.
        return model.model_validate_json(json.dumps(whole, default=str), strict=True)
    except ValidationError as error:
        raise _input_error(model, error, file, inside) from None


def _input_error(
    model: type[BaseModel], error: ValidationError, file: Path, inside: str | None
) -> InputError:
    first = error.errors()[0]
    kind, loc, value = first["type"], first["loc"], first.get("input")
    shown = loc[1:] if inside else loc
    problem = _PROBLEMS.get(kind, first["msg"])
    allowed = None
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        problem, allowed = cause.problem, cause.allowed
    elif cause is not None:
        problem = str(cause)
    elif kind == "extra_forbidden":
        table = _present(model.model_json_schema(), _node(model, loc[:-1]))
        keys = list(table.get("properties", {}))
        close = difflib.get_close_matches(str(loc[-1]), keys, n=1)
        problem += f" (did you mean {close[0]!r}?)" if close else ""
        allowed = ", ".join(keys)
    else:
        if kind.endswith(("_type", "_parsing", "_from_float")):
            problem = "wrong type"
        allowed = allowed_at(model, loc)
    if error.error_count() > 1:
        problem += f" (and {error.error_count() - 1} more)"
    return InputError(
        problem,
        file=file,
        field=_path(shown),
        value=None if kind == "missing" or isinstance(value, dict) else value,
        allowed=allowed,
    )


def _path(loc: Loc) -> str | None:
    """Return a key path as messages show it: `policies.baseline.set[0].value`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".") or None


def allowed_at(model: type[BaseModel], loc: Loc) -> str | None:
    """Return in words what a record accepts at a place, or nothing if that is not known.

    Example:
        >>> from liptako.theatre.schema import Place
        >>> allowed_at(Place, ("lat",))
        'a number, -90 to 90'
    """
    return _words(_node(model, loc)) or None


def _node(model: type[BaseModel], loc: Loc) -> dict[str, Any]:
    """Return the JSON Schema of what stands at `loc`, empty where it is not known."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in loc:
        node = _present(schema, node)
        if isinstance(part, int):
            rows = node.get("prefixItems", [])
            node = rows[part] if part < len(rows) else node.get("items") or {}
        else:
            others = [*node.get("patternProperties", {}).values()]
            others.append(node.get("additionalProperties"))
            found = node.get("properties", {}).get(part) or next(filter(None, others), {})
            node = found if isinstance(found, dict) else {}
        node = _followed(schema, node)
    return node


def _followed(schema: Mapping[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _present(schema: Mapping[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return what an optional node holds when it is there; other nodes as they are."""
    rows = [row for row in node.get("anyOf", []) if row.get("type") != "null"]
    return _followed(schema, rows[0]) if len(rows) == 1 else node


def _words(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return "one of " + ", ".join(str(value) for value in node["enum"])
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(filter(None, map(_words, node["anyOf"]))))
    kind = node.get("type")
    if kind in ("integer", "number"):
        return _ranged("a whole number" if kind == "integer" else "a number", node)
    if kind == "string":
        return _text(node)
    if kind == "array":
        return _list(node)
    named = {"boolean": "true or false", "object": "a table"}
    return named.get(str(kind), "a table" if "$ref" in node else "")


def _ranged(what: str, node: Mapping[str, Any]) -> str:
    low, high, above = (node.get(k) for k in ("minimum", "maximum", "exclusiveMinimum"))
    if above is not None:
        return f"{what} above {above}"
    if low is not None and high is not None:
        return f"{what}, {low} to {high}"
    if low is not None:
        return f"{what}, {low} or more"
    return what if high is None else f"{what}, {high} or less"


def _list(node: Mapping[str, Any]) -> str:
    if "prefixItems" in node:
        return f"a list of {len(node['prefixItems'])}"
    if "maxItems" in node:
        return f"a list of {node.get('minItems', 0)} to {node['maxItems']}"
    return "a list"


def _text(node: Mapping[str, Any]) -> str:
    if "pattern" in node:
        return f"text of the form {node['pattern']}"
    if "maxLength" in node:
        return f"text of {node.get('minLength', 0)} to {node['maxLength']} characters"
    return "text that is not empty" if node.get("minLength") else "text"
