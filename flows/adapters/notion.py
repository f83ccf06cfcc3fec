"""The mirror in Notion: one page of the "Email Sequence" database for each enrolment.

Notion has no unique key and no idempotency key. So a page is looked for before it is created, by the contact
key that every page carries; after a create whose outcome nobody knows, the next call finds the page if there
is one. Notion publishes no promise that a query sees a page that was made a moment ago: leave some seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import Any

import httpx
from notion_client import Client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase
from notion_client.helpers import collect_paginated_api

from flows.adapters.notion_properties import faults, option, written
from flows.adapters.retry_after import retry_after
from flows.domain.record import STOP_VALUES, Record

log = logging.getLogger(__name__)

#: The version of Notion's API whose shapes this file speaks.
VERSION = "2026-03-11"

#: Chooses the pages whose sequence a person has ended.
_STOPPED = {"or": [{"property": "Status", "select": {"equals": word}} for word in STOP_VALUES]}
#: How Notion answers for a page that is gone: not found, or in the trash and not to be edited.
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


class NotionAway(Exception):
    """Notion cannot be asked now; nothing is known about what it did. `retry_after` are seconds, if it said."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotionRefused(Exception):
    """A person must mend something; the sentence says what. `status` is the HTTP answer's, 0 without one."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


def connect(token: str, api_url: str, timeout: float = 10) -> Client:
    """Notion's own client, made quiet: it would log refusals, which repeat people's data.

    It does not retry: who calls knows how long a task may last, and its retries would multiply with the caller's.
    """
    return Client(
        auth=token, base_url=api_url, notion_version=VERSION, timeout_ms=round(timeout * 1000), retry=False,
        logger=logging.getLogger(f"{__name__}.client"), log_level=logging.CRITICAL,
    )  # fmt: skip


class Notion:
    """A `Mirror` over Notion's API. Every method raises `NotionAway` and `NotionRefused`."""

    def __init__(self, client: Client, database_id: str) -> None:
        self._client: Any = client  # the SDK types every answer as one that might be awaited
        self._database_id = database_id

    def problems(self) -> list[str]:
        """What a person must mend in Notion; empty if records can be written. Raises only `NotionAway`."""
        try:
            with asking("the database's properties"):
                source = self._client.data_sources.retrieve(self._source)
                found = {name: declared["type"] for name, declared in source["properties"].items()}
        except NotionRefused as refusal:
            return [str(refusal)]
        return faults(found)

    def stop_word(self, page_id: str) -> str | None:
        try:
            with asking("a page"):
                page = self._client.pages.retrieve(page_id)
        except NotionRefused as refusal:
            if refusal.status in _GONE:
                return None
            raise
        return _stop_word(page)

    def stopped(self) -> list[tuple[str, str]]:
        """At most 100 at a time: the mirror clears `Next send` of each, so the next call finds others."""
        still = {"property": "Next send", "date": {"is_not_empty": True}}
        with asking("a search"):
            found = self._client.data_sources.query(
                self._source, filter={"and": [_STOPPED, still]}, page_size=100
            )
        return _words(found["results"])

    def ended(self) -> list[tuple[str, str]]:
        return _words(self._all(_STOPPED))

    def unsubscribed(self) -> list[str]:
        shown = {"property": "Unsubscribed", "checkbox": {"equals": True}}
        return [key for page in self._all(shown) if (key := _key(page))]

    def upsert(self, record: Record, page_id: str | None = None) -> str:
        try:
            if page_id is not None and self._update(page_id, record):
                return page_id
            found = self._find(record)
            if found is not None and self._update(found, record):
                return found
            return self._create(record)
        except NotionRefused as refusal:
            if refusal.status == HTTPStatus.BAD_REQUEST and (problems := self.problems()):
                raise NotionRefused(" ".join(problems), refusal.status) from None
            raise

    def _all(self, shown: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every page that the filter lets through."""
        with asking("a search"):
            return collect_paginated_api(
                self._client.data_sources.query, data_source_id=self._source, filter=shown, page_size=100
            )

    @cached_property
    def _source(self) -> str:
        """The database's first data source: the table that its page shows."""
        with asking("the database"):
            return str(self._client.databases.retrieve(self._database_id)["data_sources"][0]["id"])

    def _update(self, page_id: str, record: Record) -> bool:
        """Returns False if the page is gone or in the trash."""
        try:
            with asking("an update"):
                self._client.pages.update(page_id, properties=written(record))
        except NotionRefused as refusal:
            if refusal.status not in _GONE or self._exists(page_id):
                raise
            return False
        return True

    def _exists(self, page_id: str) -> bool:
        try:
            with asking("a page"):
                return not self._client.pages.retrieve(page_id)["in_trash"]
        except NotionRefused as refusal:
            if refusal.status in _GONE:
                return False
            raise

    def _find(self, record: Record) -> str | None:
        """The record's page, by its key or by address and campaign; the oldest if there are several."""
        key = {"property": "Contact key", "rich_text": {"equals": record.key}}
        email = {"property": "Email", "email": {"equals": record.email}}
        campaign = {"property": "Campaign", "select": {"equals": option(record.campaign)}}
        with asking("a search"):
            answer = self._client.data_sources.query(
                self._source, filter={"or": [key, {"and": [email, campaign]}]}, page_size=2,
                sorts=[{"timestamp": "created_time", "direction": "ascending"}],
            )  # fmt: skip
            pages = [str(page["id"]) for page in answer["results"]]
        if len(pages) > 1:
            log.warning("Notion has several pages for the contact key %s: the oldest is kept up to date, "
                        "delete the others.", record.key)  # fmt: skip
        return pages[0] if pages else None

    def _create(self, record: Record) -> str:
        parent = {"type": "data_source_id", "data_source_id": self._source}
        with asking("a new page"):
            return str(self._client.pages.create(parent=parent, properties=written(record))["id"])


def _words(pages: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(key, word) for page in pages if (key := _key(page)) and (word := _stop_word(page))]


def _stop_word(page: Mapping[str, Any]) -> str | None:
    chosen = page["properties"].get("Status", {}).get("select") or {}
    return next((word for word in STOP_VALUES if word.lower() == str(chosen.get("name", "")).lower()), None)


def _key(page: Mapping[str, Any]) -> str:
    return "".join(
        text["plain_text"] for text in page["properties"].get("Contact key", {}).get("rich_text", [])
    )


class NoMirror:
    """A `Mirror` without an account: nothing is shown, and the log says so once."""

    def __init__(self) -> None:
        self._said = False

    def problems(self) -> list[str]:
        return []

    def stop_word(self, page_id: str) -> None:  # noqa: ARG002 - the port's shape
        return None

    def stopped(self) -> list[tuple[str, str]]:
        return []

    def ended(self) -> list[tuple[str, str]]:
        return []

    def unsubscribed(self) -> list[str]:
        return []

    def upsert(self, record: Record, page_id: str | None = None) -> None:  # noqa: ARG002 - the port's shape
        if not self._said:
            log.info("NOTION_TOKEN is not set: no record is kept in Notion.")
        self._said = True


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Everything that can go wrong with a request, as one of this file's two exceptions.

    `from None`: what the SDK says repeats what was sent, and Prefect keeps tracebacks.
    """
    try:
        yield
    except HTTPResponseError as error:
        raise _meaning(error, what) from None
    except (NotionClientErrorBase, httpx.RequestError) as error:
        raise NotionAway(
            f"Notion gave no answer to {what} ({type(error).__name__}); ask again later."
        ) from None
    except (ValueError, LookupError, TypeError):
        raise NotionAway(f"Notion's answer to {what} cannot be read; ask again later.") from None


#: What a person must do about a refusal.
_ADVICE = {
    400: "Check NOTION_DATABASE_ID, and compare the database's properties with the README's table.",
    401: "Put the integration's secret from notion.so/profile/integrations into NOTION_TOKEN.",
    403: "Give the integration the rights to read, insert and update content.",
    404: "Share the database with the integration (its page, ···, Connections) and check NOTION_DATABASE_ID.",
}


def _meaning(error: HTTPResponseError, what: str) -> NotionAway | NotionRefused:
    """409 is a collision with another write, 429 and 529 ask for a slower pace, 5xx may have done it or not."""
    if error.status in (408, 409, 429) or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = retry_after(error.headers)
        return NotionAway(f"Notion answered {error.status} to {what}; ask again later.", wait)
    advice = _ADVICE.get(error.status, "Check NOTION_API_URL and what stands between.")
    return NotionRefused(f"Notion refused {what} ({error.status}). {advice}", error.status)
