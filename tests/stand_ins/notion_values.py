"""Property values as Notion takes, keeps and filters them; developers.notion.com/reference, as of 2026-11."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

#: The types of a database's properties, by name.
Schema = Mapping[str, str]


class RefusedError(Exception):
    """An error of Notion's: its status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"object": "error", "status": status, "code": code, "message": message}


def invalid(message: str) -> RefusedError:
    return RefusedError(400, "validation_error", message)


def kept(properties: Any, schema: Schema) -> dict[str, Any]:
    """What is written, in the shape in which it is read again."""
    if not isinstance(properties, dict):
        raise invalid("body.properties should be an object")
    return {name: _kept(name, value, schema) for name, value in properties.items()}


def empty(schema: Schema) -> dict[str, Any]:
    """The properties of a new page on which nothing is written."""
    blank: dict[str, Any] = {"title": [], "rich_text": [], "checkbox": False}
    return {name: {"id": name, "type": kind, kind: blank.get(kind)} for name, kind in schema.items()}


def matches(properties: Mapping[str, Any], condition: Any, schema: Schema) -> bool:
    """Whether a page's properties fit a filter of `equals`, `is_not_empty`, `and` and `or`."""
    for word, combine in (("and", all), ("or", any)):
        if word in condition:
            return combine([matches(properties, part, schema) for part in condition[word]])
    name = condition.get("property")
    if name not in schema:
        raise invalid(f"Could not find property with name or id: {name}")
    kind = schema[name]
    if set(condition) - {"type"} != {"property", kind}:
        raise invalid(f"database property {kind} does not match filter")
    if condition[kind] == {"is_not_empty": True}:
        return _plain(properties[name]) not in (None, "")
    if set(condition[kind]) != {"equals"}:
        raise invalid(f"body.filter.{kind} should have `equals`; nothing else is built here")
    return bool(_plain(properties[name]) == condition[kind]["equals"])


def _kept(name: str, value: Any, schema: Schema) -> dict[str, Any]:
    if name not in schema:
        raise invalid(f"{name} is not a property that exists.")
    kind = schema[name]
    if not isinstance(value, dict) or set(value) - {"type"} != {kind}:
        raise invalid(f"{name} is expected to be {kind}.")
    if not _FITS[kind](value[kind]):
        raise invalid(f"body.properties.{name}.{kind} is not a valid {kind}")
    return {"id": name, "type": kind, kind: _READ.get(kind, _same)(value[kind])}


def _is_text(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(_is_run(run) for run in value)


def _is_run(run: Any) -> bool:
    content = run.get("text", {}).get("content") if isinstance(run, dict) else None
    return isinstance(content, str) and len(content.encode("utf-16-le")) <= 2 * 2000


def _is_email(value: Any) -> bool:
    return value is None or (isinstance(value, str) and 1 <= len(value) <= 200)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _is_option(value: Any) -> bool:
    if value is None:
        return True
    name = value.get("name") if isinstance(value, dict) else None
    return isinstance(name, str) and 1 <= len(name) <= 100 and "," not in name


def _is_date(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(datetime.fromisoformat(value["start"]))
    except (ValueError, TypeError, KeyError):
        return False


_FITS: dict[str, Callable[[Any], bool]] = {
    "title": _is_text,
    "rich_text": _is_text,
    "email": _is_email,
    "number": _is_number,
    "select": _is_option,
    "date": _is_date,
    "checkbox": lambda value: isinstance(value, bool),
}


def _same(value: Any) -> Any:
    return value


def _read_text(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": run["text"], "plain_text": run["text"]["content"]} for run in runs]


_READ: dict[str, Callable[[Any], Any]] = {"title": _read_text, "rich_text": _read_text}


def _plain(kept_value: Mapping[str, Any]) -> Any:
    value = kept_value[kept_value["type"]]
    if isinstance(value, list):
        return "".join(run["plain_text"] for run in value)
    return value.get("name", value.get("start")) if isinstance(value, dict) else value
