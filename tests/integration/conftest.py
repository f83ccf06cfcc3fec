"""One stack for the whole session: server, worker and web as processes, on a Postgres in Docker where there is one.

And one public service alone, for what needs nothing else; tests of other settings start their own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient

from services.local.postgres import Postgres, embedded
from services.local.stack import Stack
from tests import conftest
from tests.bookings import SECRET
from tests.stand_ins.notion import DATABASE_ID
from tests.stand_ins.servers import notion_server, resend_server
from tests.web_site import SECRETS, running_site
from tests.working_copy import ASKED, CAMPAIGN, copy_to
from tests.world import World


@pytest.fixture(scope="session")
def _web(postgres: conftest.Ledger) -> Iterator[httpx.Client]:
    many = {"intake_per_minute": 10_000, "intake_per_minute_total": 10_000}
    with running_site(postgres, **SECRETS, **many) as client:
        yield client


@pytest.fixture
def site(_web: httpx.Client, ledger: conftest.Ledger) -> httpx.Client:
    """The running public service, with an empty ledger behind it."""
    return _web


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our files with a campaign that may send, at any hour, and one more that asks for a confirmation."""
    directory = tmp_path_factory.mktemp("tree")
    copy_to(directory)
    shutil.copytree(ASKED, directory / "flows/campaigns" / ASKED.name)
    campaign = directory / CAMPAIGN
    campaign.write_text(re.sub(r"(?m)^window: .*\n", "", campaign.read_text()))
    return directory


@pytest.fixture(scope="session")
def world(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("stack")
    with _postgres(directory) as postgres, resend_server() as resend, notion_server() as notion:
        settings = {
            "RESEND_API_KEY": "re_test", "RESEND_API_URL": resend.url, "RESEND_PER_SECOND": "50",
            "MAIL_FROM": "Galatek <hello@galatek.example>", "POSTAL_ADDRESS": "Galatek, Street 1, 12345 Town",
            "NOTION_TOKEN": "ntn_test", "NOTION_DATABASE_ID": DATABASE_ID, "NOTION_API_URL": notion.url,
            "CAL_WEBHOOK_SECRET": SECRET, "INTAKE_PER_MINUTE": "10000", "INTAKE_PER_MINUTE_TOTAL": "10000",
        }  # fmt: skip
        running = World(Stack(directory, postgres, settings, root=tree), resend, notion)
        try:
            _start(running.stack)
            yield running
        finally:
            running.close()


def _start(stack: Stack) -> None:
    stack.prepare()
    stack.start_web()
    stack.start_server()
    stack.register()
    stack.start_worker()


def _postgres(directory: Path) -> AbstractContextManager[Postgres]:
    return _in_docker() if _docker_answers() else embedded(directory / "postgres")


@contextmanager
def _in_docker() -> Iterator[Postgres]:
    testcontainers_config.ryuk_disabled = True  # nothing is left for it: the container ends with the block
    container = PostgresContainer("postgres:18.1", username="postgres", dbname="postgres", driver=None)
    # The roles have no passwords here, as on the embedded server.
    with container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust") as running:
        found = Postgres(running.get_container_host_ip(), int(running.get_exposed_port(5432)))
        found.prepare()
        yield found


def _docker_answers() -> bool:
    try:
        return bool(DockerClient().client.ping())
    except Exception:  # noqa: BLE001 (no engine comes in many shapes)
        return False
