"""The whole stack as processes with Resend and Notion standing in, as the tests of the tier `integration` use it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from services.local.stack import Stack
from tests.stand_ins.script import Captured, Fault, Script
from tests.stand_ins.servers import NotionServer, ResendServer

FLOW = "ec71b1c3-1cd0-5983-a9b2-19ad50aacc56"
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
#: Seconds that anything may take on a busy machine.
PATIENCE = 120.0

T = TypeVar("T")
_numbers = count(1)
_BODIES = Path(__file__).parent / "fixtures" / "website"


def website(name: str) -> dict[str, Any]:
    """A body as the website sends it."""
    body: dict[str, Any] = json.loads((_BODIES / f"{name}.json").read_text())
    return body


def somebody() -> dict[str, Any]:
    """A signup of a person whom no other test knows."""
    body = website("scheduled_8_parameters")
    body["parameters"]["email"] = f"person{next(_numbers)}@lead.example"
    return body


def until(found: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """The first thing found that is true or not empty."""
    deadline = time.monotonic() + patience
    while not (it := found()):
        assert time.monotonic() < deadline, f"{what}: not within {patience:.0f} s"
        time.sleep(0.1)
    return it


@dataclass
class World:
    """The running stack, and what stands in for its providers."""

    stack: Stack
    resend: ResendServer
    notion: NotionServer
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def post(self, body: Mapping[str, Any]) -> str:
        """What the website does; returns the id that it is answered."""
        answer = self._client.post(f"{self.stack.web_url}/api/flow_runs/", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def anybody(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request to Prefect's server without a password."""
        return self._client.request(method, self.stack.api_url.removesuffix("/api") + path, **more)

    def operator(self, method: str, path: str, body: Any = None) -> Any:
        """What Prefect's API answers the operator."""
        answer = self._client.request(
            method, f"{self.stack.api_url}{path}", json=body, auth=("operator", self.stack.password)
        )
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def ended(self, run: str) -> dict[str, Any]:
        """The flow run, once it has ended."""
        try:
            return until(lambda: self._ended(run), f"run {run} ends")
        except AssertionError as error:
            logs = "".join(f"\n--- {name}\n{self.stack.log(name)}" for name in ("server", "worker"))
            raise AssertionError(f"{error}; its states: {self.states(run)}{logs}") from None

    def state(self, run: str) -> str | None:
        """The type of the run's state; None if there is no such run yet."""
        rows = self.prefect("SELECT state_type::text FROM flow_run WHERE id = %s", run)
        return str(rows[0][0]) if rows else None

    def states(self, run: str) -> list[tuple[str, str]]:
        """Name and message of each state that the run had."""
        query = (
            "SELECT name, coalesce(message, '') FROM flow_run_state WHERE flow_run_id = %s ORDER BY timestamp"
        )
        return self.prefect(query, run)  # type: ignore[return-value]

    def ledger(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._query("campaigns", query, values)

    def prefect(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._query("prefect", query, values)

    def mails(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What Resend accepted for the person who signed up with this body."""
        address = body["parameters"]["email"]
        return [mail["body"] for mail in list(self.resend.mailbox.sent) if mail["body"]["to"] == [address]]

    def asked(self, body: Mapping[str, Any]) -> list[Captured]:
        """All requests to send this person something."""
        return about(self.resend.mailbox.script, body)

    def page(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What Notion shows of the person."""
        return [page for page in self.notion.shown() if page["Email"] == body["parameters"]["email"]]

    def post_slowly(self, seconds: float) -> tuple[dict[str, Any], str]:
        """A signup whose mail 1 has reached Resend, which takes it and answers only after these seconds."""
        body = somebody()
        self.resend.will(Fault(delay=seconds, about=body["parameters"]["email"]))
        run = self.post(body)
        until(lambda: self.asked(body), "mail 1 reaches Resend")
        return body, run

    def asking(self, request: Captured) -> psutil.Process:
        """The process of the worker's that waits for the answer to this request."""
        worker = psutil.Process(self.stack.processes["worker"].pid)
        return next(one for one in worker.children(recursive=True) if _has(one, request.port))

    def kill(self, name: str) -> None:
        """End a service and all that it has started, as a container is ended: at once."""
        process = self.stack.processes[name]
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()

    def claims_end(self) -> None:
        """As if the two minutes of every claim had passed."""
        self.ledger("UPDATE message SET next_attempt_at = now() WHERE next_attempt_at > now() RETURNING 1")

    def close(self) -> None:
        self._client.close()
        self.stack.stop()

    def _ended(self, run: str) -> dict[str, Any] | None:
        if self.state(run) not in ENDED:
            return None
        found: dict[str, Any] = self.operator("GET", f"/flow_runs/{run}")
        return found

    def _query(self, database: str, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self.stack.postgres.connect("postgres", database) as connection:
            cursor = connection.execute(query, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []


def about(script: Script, body: Mapping[str, Any], path: str = "/") -> list[Captured]:
    """The requests to a stand-in that concern the person who signed up with this body."""
    address = body["parameters"]["email"]
    return [one for one in list(script.requests) if one.path.startswith(path) and address in one.body]


def _has(process: psutil.Process, port: int) -> bool:
    try:
        return any(one.laddr.port == port for one in process.net_connections("tcp"))
    except psutil.Error:
        return False
