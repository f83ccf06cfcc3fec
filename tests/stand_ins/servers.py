"""A running stand-in as tests of the adapters hold it: its address, what it knows, an adapter that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import resend as sdk
from notion_client import Client

from flows.adapters.notion import Notion, connect
from flows.adapters.resend import Resend
from tests.stand_ins import hook, notion, resend
from tests.stand_ins.notion import Workspace
from tests.stand_ins.resend import Mailbox
from tests.stand_ins.script import Fault, Script
from tests.stand_ins.serving import running

#: Seconds that an adapter waits for an answer: more than a busy machine needs, and too few for a `LATE` one.
PATIENT, IMPATIENT, LATE = 5.0, 0.3, 1.0


@dataclass
class ResendServer:
    url: str
    mailbox: Mailbox
    _made: tuple[float, Resend] | None = None

    def mailer(self, timeout: float = PATIENT) -> Resend:
        """Made anew only if it must be: the SDK knows one account and one time-out, and making it takes a while."""
        if self._made is None or self._made[0] != timeout or sdk.api_url != self.url:
            self._made = timeout, Resend("re_test", self.url, timeout)
        return self._made[1]

    def will(self, *faults: Fault) -> None:
        self.mailbox.script.faults += faults


@dataclass(frozen=True)
class NotionServer:
    url: str
    workspace: Workspace

    def mirror(
        self, token: str = "ntn_test", database_id: str = notion.DATABASE_ID, timeout: float = PATIENT
    ) -> Notion:
        return Notion(_client(token, self.url, timeout), database_id)

    def will(self, *faults: Fault) -> None:
        self.workspace.script.faults += faults

    def shown(self) -> list[dict[str, Any]]:
        """The pages that are not in the trash as plain values, oldest first."""
        pages = [page for page in self.workspace.pages if not page["in_trash"]]
        return [{name: _plain(value) for name, value in page["properties"].items()} for page in pages]


@contextmanager
def resend_server() -> Iterator[ResendServer]:
    app = resend.make_app()
    with running(app) as url:
        yield ResendServer(url, app.state.mailbox)


@contextmanager
def notion_server() -> Iterator[NotionServer]:
    app = notion.make_app()
    with running(app) as url:
        yield NotionServer(url, app.state.workspace)


@contextmanager
def hook_server() -> Iterator[tuple[str, Script]]:
    """Its address, and what it was asked."""
    app = hook.make_app()
    with running(app) as url:
        yield url, app.state.script


@cache
def _client(token: str, url: str, timeout: float) -> Client:
    return connect(token, url, timeout)


def _plain(value: dict[str, Any]) -> Any:
    inner = value[value["type"]]
    if isinstance(inner, list):
        return "".join(run["plain_text"] for run in inner)
    return inner.get("name", inner.get("start")) if isinstance(inner, dict) else inner
