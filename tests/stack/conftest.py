"""The Compose stack as a user starts it, once without settings and then with all of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from services.local.stack import free_port
from tests.stack.compose import Compose, Failed, engine_answers
from tests.stack.deployment import SITE_PORT, Deployment
from tests.stack.first_start import FirstStart, start_without_settings
from tests.stand_ins.notion import DATABASE_ID
from tests.working_copy import copy_to

WEBHOOK_SECRET = "whsec_c3RhY2stc3RhY2stc3RhY2s="
CAL_SECRET = "cal-secret-of-the-tests"

#: `.env` of the second start. Callers of the tests come from Docker's gateway: they are believed who they are.
SETTINGS = f"""\
RESEND_API_KEY_FILE=./resend.key
RESEND_API_URL=http://resend:8000
RESEND_WEBHOOK_SECRET={WEBHOOK_SECRET}
CAL_WEBHOOK_SECRET={CAL_SECRET}
CALENDLY_WEBHOOK_SECRET=calendly-secret-of-the-tests
RESEND_PER_SECOND=100
MAIL_FROM=Anna of Galatek <anna@galatek.example>
POSTAL_ADDRESS=Galatek, Street 1, 12345 Town, Country
NOTION_TOKEN=ntn_stack
NOTION_DATABASE_ID={DATABASE_ID}
NOTION_API_URL=http://notion:8000
ALLOWED_ORIGINS=https://galatek.dev,http://localhost:{SITE_PORT}
TRUSTED_PROXIES=10.0.0.0/8 172.16.0.0/12 192.168.0.0/16
INTAKE_PER_MINUTE_TOTAL=5000
"""


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    if not engine_answers():
        pytest.skip("no Docker engine with Compose answers")


@pytest.fixture(scope="session")
def working_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("clone")
    copy_to(directory)
    return directory


@pytest.fixture(scope="session")
def compose(working_copy: Path) -> Iterator[Compose]:
    """The project, not started; afterwards nothing of it is left."""
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT")}
    project = Compose(
        "campaigns-test", working_copy, ("docker-compose.yml", "tests/stack/compose.yml"), ports
    )
    project.down()  # what a killed session has left
    yield project
    project.down()
    assert not project.left()


@pytest.fixture(scope="session")
def first_start(compose: Compose) -> FirstStart:
    """What was seen of the stack without any `.env`, before `stack` came over it."""
    try:
        return start_without_settings(Deployment(compose))
    except Failed as failed:  # said again for every test, so in short
        pytest.fail(str(failed), pytrace=False)


@pytest.fixture(scope="session")
def stack(first_start: FirstStart, compose: Compose) -> Deployment:
    """The stack with all settings, sending to the stand-ins."""
    (compose.directory / ".env").write_text(SETTINGS)
    (compose.directory / "resend.key").write_text("re_stack\n")
    compose.up()
    return Deployment(compose)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    project = getattr(item, "funcargs", {}).get("compose")
    if report.failed and report.when == "call" and isinstance(project, Compose):
        report.sections.append(("docker compose ps and logs", project.state()))
    return report
