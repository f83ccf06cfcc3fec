"""Everything of Prefect's answers the operator and nobody else."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
import websockets

from flows.adapters.campaign_files import read_campaigns
from flows.domain.public_api import public_api
from tests.world import World, somebody

PREFECT = websockets.Subprotocol("prefect")

PATHS = [
    "/", "/dashboard", "/runs", "/assets/index.js", "/docs", "/openapi.json", "/public-api/openapi.json", "/ui-settings", "/v2/", "/v2/ui-settings",
    "/api", "/api/", "/api/health", "/api/ready", "/api/version", "/api/admin/settings", "/api/admin/version",
    "/api/openapi.json", "/api/docs", "/api/csrf-token", "/api/ui/flow_runs/history", "/favicon.ico", "/no/such/path",
]  # fmt: skip
WRITES = [
    ("POST", "/api/flow_runs/"),
    ("POST", "/api/claim"),
    ("POST", "/api/flow_runs/filter"),
    ("POST", "/api/admin/database/clear"),
    ("POST", "/api/work_pools/"),
    ("DELETE", "/api/flows/ec71b1c3-1cd0-5983-a9b2-19ad50aacc56"),
    ("OPTIONS", "/api/flow_runs/"),
    ("PUT", "/api/ready"),
]
WRONG_LOGINS = [
    ("operator", ""),
    ("operator", "wrong"),
    ("", ""),
    ("admin", "admin"),
    ("operator", "ünïcode"),
]


def touching(path: object) -> dict[str, object]:
    """What would run a command on the worker, were it listened to."""
    return {"command": f"touch {path}", "working_dir": "/tmp", "env": {"PREFECT_API_URL": "http://elsewhere"}}


SOCKETS = ["/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled",
           "/api/work_pools/campaigns/workers/connect"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_without_the_password_there_is_only_a_401(world: World, path: str) -> None:
    answer = world.anybody("GET", path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert "prefect" not in answer.text.lower()


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_without_the_password_nothing_can_be_written(world: World, method: str, path: str) -> None:
    assert world.anybody(method, path, json={}).status_code == 401


@pytest.mark.parametrize("login", WRONG_LOGINS)
def test_another_password_is_no_password(world: World, login: tuple[str, str]) -> None:
    assert world.anybody("GET", "/api/health", auth=httpx.BasicAuth(*login)).status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer abc", "basic " + "A" * 5000, ""])
def test_a_malformed_login_is_a_401_too(world: World, header: str) -> None:
    assert world.anybody("GET", "/api/health", headers={"Authorization": header}).status_code == 401


def test_with_the_password_the_api_and_the_ui_answer(world: World) -> None:
    assert world.operator("GET", "/health") is True
    login = httpx.BasicAuth("operator", world.stack.password)
    page = world.anybody("GET", "/", auth=login, follow_redirects=True)
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    settings = world.anybody("GET", "/ui-settings", auth=login).json()
    assert (settings["auth"], settings["api_url"]) == (None, "/api")


def test_with_the_password_the_public_routes_are_described(world: World) -> None:
    login = httpx.BasicAuth("operator", world.stack.password)
    answer = world.anybody("GET", "/public-api/openapi.json", auth=login)
    campaigns = read_campaigns(
        world.stack.root / "flows/campaigns"
    )  # this world has one more than the repository
    assert answer.json() == json.loads(json.dumps(public_api(campaigns.values())))


@pytest.mark.parametrize("path", SOCKETS)
def test_a_websocket_without_the_password_tells_nothing(world: World, path: str) -> None:
    assert heard(world, path, {"type": "auth", "token": "operator:wrong"}) is None
    assert heard(world, path, {"type": "filter", "filter": {}}) is None


@pytest.mark.parametrize("path", ["/api/events/in", "/api/events/out", "/api/logs/out"])
def test_a_websocket_with_the_password_answers(world: World, path: str) -> None:
    said = heard(world, path, {"type": "auth", "token": f"operator:{world.stack.password}"})
    assert "auth_success" in str(said)


def heard(world: World, path: str, message: dict[str, object]) -> str | None:
    """What the server answers to the first message on a websocket; None if it closes it instead."""
    url = world.stack.api_url.replace("http", "ws").removesuffix("/api") + path

    async def ask() -> str | None:
        try:
            async with asyncio.timeout(20), websockets.connect(url, subprotocols=[PREFECT]) as socket:
                await socket.send(json.dumps(message))
                return str(await socket.recv())
        except websockets.WebSocketException:
            return None

    return asyncio.run(ask())


def test_job_variables_of_a_run_choose_no_command_even_for_the_operator(world: World) -> None:
    marker = world.stack.directory / "touched-by-a-run"
    body = {**somebody(), "work_pool_name": "campaigns", "job_variables": touching(marker)}
    run = world.ended(world.operator("POST", "/flow_runs/", body)["id"])
    assert run["job_variables"]["command"] == f"touch {marker}"
    assert run["state_type"] == "COMPLETED"
    assert not marker.exists()


def test_job_variables_of_a_deployments_run_are_refused_even_to_the_operator(world: World) -> None:
    marker = world.stack.directory / "touched-by-a-deployment"
    deployment = world.operator("GET", "/deployments/name/christmas-signup-handler/website")
    wanted = {"parameters": somebody()["parameters"], "job_variables": touching(marker)}
    login = httpx.BasicAuth("operator", world.stack.password)
    path = f"/api/deployments/{deployment['id']}"
    answer = world.anybody("POST", f"{path}/create_flow_run", json=wanted, auth=login)
    assert (answer.status_code, "command" in answer.text) == (422, True)


def test_job_variables_of_a_deployment_choose_no_command_even_for_the_operator(world: World) -> None:
    marker = world.stack.directory / "touched-by-a-deployment"
    deployment = world.operator("GET", "/deployments/name/christmas-signup-handler/website")
    login = httpx.BasicAuth("operator", world.stack.password)
    path = f"/api/deployments/{deployment['id']}"
    try:
        world.anybody("PATCH", path, json={"job_variables": touching(marker)}, auth=login)
        assert world.ended(world.post(somebody()))["state_type"] == "COMPLETED"
    finally:
        world.anybody("PATCH", path, json={"job_variables": {}}, auth=login)
    assert not marker.exists()
