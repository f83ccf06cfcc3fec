"""Something is away for a while: the caller hears it or waits, and nothing is lost or doubled."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx

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
        away = stack.sign_up(email, key="patient")
    finally:
        stack.compose("start", "postgres")
    assert away.status_code == 503
    assert int(away.headers["Retry-After"]) > 0
    again = eventually(lambda: _taken(stack, email), "the signup is taken")
    assert stack.ended(again.json()["id"])["state_type"] == "COMPLETED"
    assert len(stack.sent(email)) == 1
    assert stack.ledger(f"SELECT count(*) FROM signup WHERE parameters->>'email' = '{email}'") == [["1"]]


def _taken(stack: Deployment, email: str) -> httpx.Response | None:
    answer = stack.sign_up(email, key="patient")
    return answer if answer.status_code == 201 else None


def test_while_web_restarts_callers_wait_and_are_served(stack: Deployment) -> None:
    emails = [f"waiting-{number}@example.com" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        restart = pool.submit(stack.compose, "restart", "web")
        posts = _sign_up_steadily(stack, pool, emails, pause=0.2)
    restart.result()
    assert [post.result().status_code for post in posts] == [201] * 20


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
