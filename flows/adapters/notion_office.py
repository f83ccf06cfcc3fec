"""What an operator has done in Notion: a person's pages emptied and thrown away, missing properties added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any

from notion_client import Client

from flows.adapters.notion import NotionRefused, asking
from flows.adapters.notion_properties import PROPERTIES, faults

#: How each type of property is written when nothing stands in it.
_EMPTY: Mapping[str, Any] = {"title": [], "rich_text": [], "checkbox": False}
#: How Notion answers for a page that is gone, or in the trash already.
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


class NotionOffice:
    """The "Email Sequence" database by hand. Every method raises `NotionAway` and `NotionRefused`."""

    def __init__(self, client: Client, database_id: str) -> None:
        self._client: Any = client  # the SDK types every answer as one that might be awaited
        self._database_id = database_id

    def problems(self) -> list[str]:
        """What is wrong with the database's properties, each in a sentence."""
        return faults(self._properties())

    def mend(self) -> list[str]:
        """Add the properties that are missing, and name the title right. Returns what was done, by name.

        A property of the wrong type stays: changing it could lose what people have written there.
        """
        found = self._properties()
        changes: dict[str, dict[str, Any]] = {
            name: {kind: {}}
            for name, (kind, _) in PROPERTIES.items()
            if name not in found and kind != "title"
        }
        title = next(name for name, kind in found.items() if kind == "title")
        if "Name" not in found:
            changes[title] = {"name": "Name"}
        if changes:
            with asking("a change of the database's properties"):
                self._client.data_sources.update(self._source, properties=changes)
        return ["Name" if name == title else name for name in changes]

    def erase(self, addresses: Sequence[str], page_ids: Sequence[str]) -> int:
        """Empty a person's pages and put them into the trash, from which Notion removes them after 30 days.

        Args:
            page_ids: those that are known; every other with one of the addresses is looked for.
        """
        found = {*page_ids, *(page for address in addresses for page in self._pages(address))}
        return sum(self._throw_away(page) for page in sorted(found))

    def _throw_away(self, page_id: str) -> bool:
        blank = {name: {kind: _EMPTY.get(kind)} for name, (kind, _) in PROPERTIES.items()}
        try:
            with asking("an update"):
                self._client.pages.update(page_id, properties=blank)
                self._client.pages.update(page_id, in_trash=True)
        except NotionRefused as refusal:
            if refusal.status in _GONE and self._is_gone(page_id):
                return False
            raise
        return True

    def _is_gone(self, page_id: str) -> bool:
        try:
            with asking("a page"):
                return bool(self._client.pages.retrieve(page_id)["in_trash"])
        except NotionRefused as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND:
                return True
            raise

    def _pages(self, address: str) -> list[str]:
        condition = {"property": "Email", "email": {"equals": address}}
        with asking("a search"):
            found = self._client.data_sources.query(self._source, filter=condition, page_size=100)
            return [str(page["id"]) for page in found["results"]]

    def _properties(self) -> dict[str, str]:
        with asking("the database's properties"):
            source = self._client.data_sources.retrieve(self._source)
            return {name: declared["type"] for name, declared in source["properties"].items()}

    @cached_property
    def _source(self) -> str:
        with asking("the database"):
            return str(self._client.databases.retrieve(self._database_id)["data_sources"][0]["id"])
