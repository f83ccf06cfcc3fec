"""A running stack as the world meets it: the website, the operator, and the vendors that it talks to."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

import httpx

from flows.domain.identity import SEND_DUE, deployment_id
from services.local.stack import free_port
from tests.stack.compose import Compose
from tests.web_site import SIGNUP, website

T = TypeVar("T")

OPERATOR = "operator"
#: Where examples/website runs: its origin has to be known at the start. (pytest loads a conftest twice, so not there.)
SITE_PORT = free_port()
#: Seconds until something that should happen has happened, on a busy machine.
PATIENCE = 60

_numbers = count(1)


def caller_address() -> str:
    """An address that no other caller has had: limits count each on its own, see TRUSTED_PROXIES."""
    number = next(_numbers)
    return f"198.18.{number // 250}.{number % 250 + 1}"


def eventually(look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """The first answer that is true. Raises `AssertionError` naming `what` if there is none in time."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.25)
    return found


@dataclass(frozen=True)
class Deployment:
    compose: Compose

    @property
    def port(self) -> int:
        return int(self.compose.environment["HTTPS_PORT"])

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """Trusts Caddy's own authority and nobody else."""
        root = self.compose.execute("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt").stdout
        return ssl.create_default_context(cadata=root)

    @cached_property
    def password(self) -> str:
        """What the verb `make password` gives."""
        return self.compose.once("init", "python", "-m", "services.init", "password").stdout.strip()

    def caller(self) -> httpx.Client:
        """Somebody on the internet. Waits longer than Caddy holds a request."""
        return httpx.Client(
            base_url=f"https://localhost:{self.port}", verify=self.trust, timeout=70,
            headers={"X-Forwarded-For": caller_address()},
        )  # fmt: skip

    @cached_property
    def operator(self) -> httpx.Client:
        client = self.caller()
        client.auth = (OPERATOR, self.password)
        return client

    def sign_up(self, email: str, key: str | None = None, body: str = "without_state") -> httpx.Response:
        """One of the website's bodies, with this address."""
        content = website(body)
        content["parameters"]["email"] = email
        headers = {"Idempotency-Key": key} if key else {}
        with self.caller() as caller:
            return caller.post(SIGNUP, json=content, headers=headers)

    def ended(self, run_id: str) -> dict[str, Any]:
        """The flow run of a signup, when it has ended."""

        def look() -> dict[str, Any] | None:
            answer = self.operator.get(f"/api/flow_runs/{run_id}")
            known: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            return known if known.get("state_type") in ("COMPLETED", "FAILED", "CRASHED") else None

        return eventually(look, f"the end of run {run_id}")

    def ledger(self, question: str, role: str = "postgres") -> list[list[str]]:
        """The rows that psql shows to this role."""
        done = self.compose.execute(
            "postgres", "psql", "--username=postgres", "--dbname=campaigns", "--no-psqlrc", "--quiet",
            "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", f"--command=SET SESSION AUTHORIZATION {role}",
            f"--command={question}",
        )  # fmt: skip
        assert not done.returncode, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]

    def send_due(self) -> None:
        """A run that sends what is due, when it has ended; the planned one may be a minute away."""
        run = self.operator.post(f"/api/deployments/{deployment_id(SEND_DUE)}/create_flow_run", json={})
        self.ended(run.json()["id"])

    def messages(self, email: str) -> list[list[str]]:
        """Step, state and reason of each mail to this address."""
        return self.ledger(
            "SELECT step, state, reason FROM message m JOIN enrolment e ON e.id = m.enrolment_id "
            f"JOIN contact c ON c.id = e.contact_id WHERE c.email = '{email}' ORDER BY step"
        )

    def sent(self, email: str) -> list[dict[str, Any]]:
        """The mails to this address that Resend has taken."""
        mails = self.vendor("resend").get("/_sent").json()
        return [mail["body"] for mail in mails if email in mail["body"]["to"]]

    def pages(self, email: str) -> list[dict[str, Any]]:
        """The properties of the pages that Notion has for this address."""
        pages = self.vendor("notion").get("/_pages").json()
        return [page["properties"] for page in pages if page["properties"]["Email"]["email"] == email]

    def vendor(self, name: str) -> httpx.Client:
        """A stand-in, as its tests see it."""
        return httpx.Client(base_url=f"http://{self.compose('port', name, '8000').strip()}", timeout=20)
