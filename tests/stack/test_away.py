"""Something is away for a while: the caller hears it or waits, and nothing is lost or doubled."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from tests.stack.deployment import Deployment, eventually


def _sign_up_steadily(
    stack: Deployment, pool: ThreadPoolExecutor, emails: list[str], pause: float
) -> list[Future[httpx.Response]]:
    posts = []
    for email in emails:
        posts.append(pool.submit(stack.sign_up, email, key=email))
        time.sleep(pause)
    return posts


def test_without_postgres_a_signup_is_to_be_sent_again_and_then_counts_once(stack: Deployment) -> None:
    email = "patient@example.com"
    stack.compose("stop", "postgres")
    try:
        away = stack.sign_up(email, key=email)
    finally:
        stack.compose("start", "postgres")
    assert away.status_code == 503
    assert int(away.headers["Retry-After"]) > 0
    again = eventually(lambda: _taken(stack, email), "the signup is taken")
    assert stack.ended(again.json()["id"])["state_type"] == "COMPLETED"
    assert len(stack.sent(email)) == 1
    assert stack.ledger(f"SELECT count(*) FROM signup WHERE parameters->>'email' = '{email}'") == [["1"]]


def _taken(stack: Deployment, email: str) -> httpx.Response | None:
    answer = stack.sign_up(email, key=email)
    return answer if answer.status_code == 201 else None


def test_while_web_restarts_callers_wait_and_are_served(stack: Deployment) -> None:
    emails = [f"waiting-{number}@example.com" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        restart = pool.submit(stack.compose, "restart", "web")
        posts = _sign_up_steadily(stack, pool, emails, pause=0.2)
    restart.result()
    assert [post.result().status_code for post in posts] == [201] * 20


@pytest.mark.parametrize("service", ["server", "worker"])
def test_a_service_that_hangs_is_started_again(stack: Deployment, service: str) -> None:
    """Stopped by SIGSTOP it holds its connections and answers nobody, as code that never comes back does."""
    before = stack.compose.started_at(service)
    stop = "import os, signal; [os.kill(int(p), signal.SIGSTOP) for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())]"
    stack.compose.execute(service, "python", "-ISc", stop)
    eventually(lambda: stack.compose.started_at(service) != before, f"{service} is started again", 300)
    email = f"after-the-{service}-hung@example.com"
    signup = eventually(lambda: _taken(stack, email), "the signup is taken")
    assert stack.ended(signup.json()["id"])["state_type"] == "COMPLETED"
    assert len(stack.sent(email)) == 1


def test_every_service_is_replaced_under_load_and_nothing_is_lost(stack: Deployment) -> None:
    """Five signups a second, each sent again under its key until it is taken, as the README's code does."""
    ended = threading.Event()
    with ThreadPoolExecutor(40) as pool:
        posts = pool.submit(_sign_up_until, stack, pool, ended)
        for service in ("worker", "server", "web", "caddy", "postgres"):
            stack.compose.up("--force-recreate", service)
        ended.set()
    answers = {email: answer.result() for email, answer in posts.result().items()}
    refused = {status for said in answers.values() for status in said[:-1]}
    assert refused <= {"503 with Retry-After", "no connection"}  # the latter while Caddy itself is replaced
    assert {said[-1] for said in answers.values()} <= {"201", "200"}
    eventually(lambda: all(len(stack.sent(email)) == 1 for email in answers), "a mail for each", 300)


def _sign_up_until(
    stack: Deployment, pool: ThreadPoolExecutor, ended: threading.Event
) -> dict[str, Future[list[str]]]:
    posts: dict[str, Future[list[str]]] = {}
    while not ended.wait(0.2):
        email = f"replaced-{len(posts)}@example.com"
        posts[email] = pool.submit(_insist, stack, email)
    return posts


def _insist(stack: Deployment, email: str) -> list[str]:
    """What each try was answered, up to the one that was taken."""
    said: list[str] = []
    while not said or said[-1] not in ("200", "201"):
        assert len(said) < 100, said
        said.append(_said(stack, email))
        time.sleep(0 if said[-1].startswith("20") else 2)
    return said


def _said(stack: Deployment, email: str) -> str:
    try:
        answer = stack.sign_up(email, key=email)
    except httpx.TransportError:
        return "no connection"
    return f"{answer.status_code}{' with Retry-After' if 'Retry-After' in answer.headers else ''}"


def test_a_redeploy_loses_no_signup_and_doubles_no_mail(stack: Deployment) -> None:
    emails = [f"redeploy-{number}@example.com" for number in range(40)]
    with ThreadPoolExecutor(40) as pool:
        redeploy = pool.submit(stack.compose.up, "--force-recreate", "worker", "server")
        posts = _sign_up_steadily(stack, pool, emails, pause=0.5)
    redeploy.result()
    assert [post.result().status_code for post in posts] == [201] * 40
    runs = [stack.ended(post.result().json()["id"]) for post in posts]
    assert [run["state_type"] for run in runs] == ["COMPLETED"] * 40
    assert {email: len(stack.sent(email)) for email in emails} == dict.fromkeys(emails, 1)
