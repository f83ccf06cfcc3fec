"""The stand-ins as servers on the loopback interface, and the vendors' schemas that judge what reaches them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.stand_ins import servers
from tests.stand_ins.judge import Judge, NoSpecError
from tests.stand_ins.script import Script
from tests.stand_ins.servers import NotionServer, ResendServer


@cache
def _judge(vendor: str) -> Judge:
    return Judge(vendor)


@pytest.fixture(scope="session")
def judge_of() -> Callable[[str], Judge]:
    """A vendor's judge. Skips the test where the vendor's file is missing; where nothing may be left out, fails."""

    def judge(vendor: str) -> Judge:
        try:
            return _judge(vendor)
        except NoSpecError as error:
            (pytest.fail if os.environ.get("REQUIRE_ALL") else pytest.skip)(str(error))

    return judge


@pytest.fixture(scope="session")
def _resend() -> Iterator[ResendServer]:
    with servers.resend_server() as server:
        yield server


@pytest.fixture(scope="session")
def _notion() -> Iterator[NotionServer]:
    with servers.notion_server() as server:
        yield server


@pytest.fixture
def resend_server(_resend: ResendServer) -> Iterator[ResendServer]:
    """Resend, new for each test; all that reaches it is judged."""
    _resend.mailbox.forget()
    yield _resend
    _approve("resend", _resend.mailbox.script)


@pytest.fixture
def notion_server(_notion: NotionServer) -> Iterator[NotionServer]:
    """Notion, new for each test; all that reaches it is judged."""
    _notion.workspace.forget()
    yield _notion
    _approve("notion", _notion.workspace.script)


def _approve(vendor: str, script: Script) -> None:
    """Where the vendor's file is missing, the tests that use `judge_of` say so."""
    try:
        judge = _judge(vendor)
    except NoSpecError:
        return
    assert [problem for request in script.requests for problem in judge.problems(request)] == []
