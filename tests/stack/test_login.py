"""Everything of Prefect's answers the operator, and nobody else, from outside and inside."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.stack.deployment import Deployment

#: A selection of every kind: UI, its settings, the API, its documentation, what workers use.
PATHS = ("/", "/v2/", "/campaigns", "/campaigns.json", "/metrics", "/ui-settings", "/docs", "/openapi.json", "/public-api/openapi.json", "/api/docs", "/api/health", "/api/ready", "/api/version",
         "/api/admin/settings", "/api/csrf-token?client=x", "/api/flow_runs/filter", "/api/logs/filter",
         "/api/work_pools/campaigns/get_scheduled_flow_runs", "/api/flow_runs/", "/nowhere")  # fmt: skip
WEBSOCKETS = ("/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled",
              "/api/work_pools/campaigns/workers/connect")  # fmt: skip

WRONG = [None, ("operator", ""), ("operator", "admin"), ("operator", "prefect"), ("operator", "operator"), ("admin", "pass"),
         ("", "")]  # fmt: skip

#: Asks inside the network without a password, by GET and by POST; prints the statuses by path.
ASK = """
import json, sys, httpx
client = httpx.Client(base_url="http://server:4200")
paths = json.loads(sys.argv[1])
print(json.dumps({path: [client.get(path).status_code, client.post(path, json={}).status_code] for path in paths}))
"""

#: Opens a websocket inside the network and says a wrong password, as Prefect's clients say theirs.
LISTEN = """
import asyncio, json, sys, websockets

async def opened(path):
    try:
        async with websockets.connect("ws://server:4200" + path, subprotocols=["prefect"]) as socket:
            await socket.send(json.dumps({"type": "auth", "token": "operator:admin"}))
            return json.loads(await asyncio.wait_for(socket.recv(), 5)).get("type")
    except (websockets.ConnectionClosed, websockets.InvalidStatus) as refused:
        return "refused"

print(json.dumps({path: asyncio.run(opened(path)) for path in json.loads(sys.argv[1])}))
"""


@pytest.mark.parametrize("who", WRONG)
def test_nobody_else_is_let_in_from_outside(stack: Deployment, who: tuple[str, str] | None) -> None:
    with stack.caller() as caller:
        for path in ("/", "/ui-settings", "/api/admin/version", "/campaigns", "/metrics"):
            answer = caller.get(path, auth=who)
            assert (path, answer.status_code) == (path, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_the_operator_is_let_in(stack: Deployment) -> None:
    assert stack.operator.get("/api/admin/version").json() == "3.8.8"
    assert "<title>Prefect" in stack.operator.get("/v2/").text
    assert stack.operator.get("/ui-settings").json()["auth"] is None


def test_nobody_is_let_in_from_inside_without_the_password(stack: Deployment) -> None:
    asked = stack.compose.execute("worker", "python", "-c", ASK, json.dumps(PATHS))
    assert json.loads(asked.stdout) == {path: [401, 401] for path in PATHS}


def test_no_websocket_opens_from_inside_without_the_password(stack: Deployment) -> None:
    asked = stack.compose.execute("worker", "python", "-c", LISTEN, json.dumps(WEBSOCKETS))
    assert json.loads(asked.stdout or "{}") == dict.fromkeys(WEBSOCKETS, "refused"), asked.stderr


def test_guessing_is_slowed_down(stack: Deployment) -> None:
    with stack.caller() as stranger:
        statuses = [stranger.get("/v2/").status_code for _ in range(21)]
    assert statuses == [401] * 20 + [429]


def test_make_password_prints_the_password_and_nothing_else(stack: Deployment) -> None:
    compose = " ".join(stack.compose.command)
    made = subprocess.run(
        ["make", "--no-print-directory", "password", f"COMPOSE={compose}"],
        cwd=stack.compose.directory, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{64}\n", made.stdout)
    assert made.stdout.strip() == stack.password
