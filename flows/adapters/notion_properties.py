"""A record as properties of a Notion page: names, types and how each is written.

Shapes and limits are those of developers.notion.com/reference (property values, request limits), as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flows.domain.record import Record

#: The database's properties: name, Notion's type, and the field of `Record` that it shows.
#: Status is a `select` and no `status`: Notion makes a select's missing option on write but refuses a status's.
PROPERTIES: dict[str, tuple[str, str]] = {
    "Name": ("title", "name"),
    "Email": ("email", "email"),
    "Business": ("rich_text", "business"),
    "Campaign": ("select", "campaign"),
    "Segment": ("select", "segment"),
    "Score": ("number", "score"),
    "Status": ("select", "status"),
    "Step": ("number", "step"),
    "Last sent": ("date", "last_sent"),
    "Next send": ("date", "next_send"),
    "Unsubscribed": ("checkbox", "unsubscribed"),
    "Contact key": ("rich_text", "key"),
}

#: What the person said, as far as it is shown.
_SAID = ("name", "business", "score")


def written(record: Record) -> dict[str, Any]:
    """The properties of the record's page, as create and update take them.

    What the ledger has cleared is left as the page has it.
    """
    return {
        name: {kind: _WRITE[kind](getattr(record, field))}
        for name, (kind, field) in PROPERTIES.items()
        if not (record.cleared and field in _SAID)
    }


def option(name: str) -> str:
    """A select's option: no comma, at most 100 characters."""
    return _cut(name.replace(",", " "), 100)


def faults(found: Mapping[str, str]) -> list[str]:
    """What a person must mend in a database that has these properties (name to type), each in a sentence."""
    wanted = {name: kind for name, (kind, _) in PROPERTIES.items()}
    return [_advice(name, kind, found) for name, kind in wanted.items() if found.get(name) != kind]


def _advice(name: str, kind: str, found: Mapping[str, str]) -> str:
    if name in found:
        return f"Notion's property `{name}` is of type {found[name]} and must be of type {kind}: change its type."
    if kind == "title":
        other = next((known for known, its_kind in found.items() if its_kind == "title"), "?")
        return f"Notion's title property is called `{other}`: rename it to `{name}`."
    return f"Notion's property `{name}` is missing: add it, of type {kind}."


def _text(content: str | None) -> list[dict[str, Any]]:
    return [{"text": {"content": _cut(content, 2000)}}] if content else []


def _select(name: str) -> dict[str, str]:
    return {"name": option(name)}


def _date(moment: datetime | None) -> dict[str, str] | None:
    return {"start": moment.isoformat()} if moment else None


def _cut(text: str, longest: int) -> str:
    """Notion counts UTF-16 units: an emoji is two."""
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", errors="ignore")


def _as_it_is(value: Any) -> Any:
    return value


_WRITE: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "email": _as_it_is,
    "number": _as_it_is,
    "checkbox": _as_it_is,
    "select": _select,
    "date": _date,
}
