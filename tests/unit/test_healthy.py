"""The health checks: what they take for healthy, and how they ask without the libraries that take longer than asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from services.healthy import get
from services.local.stack import free_port
from services.server import health as server
from services.worker import health as worker

PROFILE = """\
[profiles.stack]
PREFECT_API_URL = "http://server:4200/api"
PREFECT_API_AUTH_STRING = "operator:p=ss:w"
"""


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(202)
        self.end_headers()
        self.wfile.write(
            f"{self.command} {self.path} {self.headers['Authorization']} {body.decode()}".encode()
        )

    do_GET = do_POST  # noqa: N815 (its name)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Echo) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_port
        listening.shutdown()


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "profiles.toml"
    path.write_text(PROFILE)
    return str(path)


def answering(*answers: tuple[int, bytes]) -> Callable[..., tuple[int, bytes]]:
    waiting = iter(answers)
    return lambda *_: next(waiting)


def test_a_check_gets_the_status_and_the_body(echo: int) -> None:
    assert get("127.0.0.1", echo, "/a") == (202, b"GET /a None ")


def test_a_check_logs_in_and_posts(echo: int) -> None:
    login = "Basic b3BlcmF0b3I6cD1zczp3"
    assert get("127.0.0.1", echo, "/a", "operator:p=ss:w", b"{}") == (202, f"POST /a {login} {{}}".encode())


def test_a_check_that_nobody_answers_gets_status_0() -> None:
    assert get("127.0.0.1", free_port(), "/") == (0, b"")


@pytest.mark.parametrize(
    ("stranger", "operator", "verdict"),
    [(401, 200, 0), (0, 0, 1), (401, 503, 2), (401, 0, 2), (200, 200, 2), (401, 401, 2)],
)
def test_a_server_is_healthy_if_it_answers_the_operator_and_nobody_else(
    profile: str, stranger: int, operator: int, verdict: int
) -> None:
    assert server.check(answering((stranger, b""), (operator, b"")), profile) == verdict


def test_the_server_is_asked_as_a_stranger_and_as_the_operator(profile: str) -> None:
    asked = []
    server.check(lambda *how: (asked.append(how), (200, b""))[1], profile)
    assert asked == [server.READY, (*server.READY, "operator:p=ss:w")]


@pytest.mark.parametrize(
    ("status", "workers", "verdict"),
    [
        (200, b'[{"name":"worker","status":"ONLINE"}]', 0),
        (200, b'[{"name":"worker","status":"OFFLINE"}]', 1),
        (200, b"[]", 1),
        (0, b"", 2),
        (503, b"", 2),
    ],
)
def test_a_worker_is_healthy_if_prefect_has_heard_of_it(
    profile: str, status: int, workers: bytes, verdict: int
) -> None:
    assert worker.check(answering((status, workers)), profile) == verdict


def test_the_worker_is_asked_for_at_its_server(profile: str) -> None:
    asked = []
    worker.check(lambda *how: (asked.append(how), (200, b""))[1], profile)
    assert asked == [("server", 4200, f"/api{worker.WORKERS}", "operator:p=ss:w", b"{}")]
