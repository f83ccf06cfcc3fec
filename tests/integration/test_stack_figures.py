"""The page, its data, the artifact and the metrics of a running stack: to the operator, and to nobody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.server.board import KEY
from tests.world import World, somebody, until

PATHS = ["/campaigns", "/campaigns.json", "/metrics"]


def operator(world: World, path: str, method: str = "GET") -> httpx.Response:
    return world.anybody(method, path, auth=httpx.BasicAuth("operator", world.stack.password))


def christmas(world: World) -> dict[str, Any]:
    found: dict[str, Any] = operator(world, "/campaigns.json").json()
    return found


@pytest.mark.parametrize("path", PATHS)
def test_nobody_sees_the_figures_without_the_password(world: World, path: str) -> None:
    assert world.anybody("GET", path).status_code == 401
    assert world.anybody("GET", path, auth=httpx.BasicAuth("operator", "wrong")).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_figures_can_only_be_read(world: World, path: str, method: str) -> None:
    assert operator(world, path, method).status_code in {404, 405}


def test_a_mail_that_left_is_on_the_page_in_the_data_and_in_the_metrics_and_nobody_is_named(
    world: World,
) -> None:
    body = somebody()
    assert world.ended(world.post(body))["state_type"] == "COMPLETED"
    [(sent,)] = world.ledger("SELECT count(*) FROM message WHERE state = 'sent' AND step = 1")
    seen = until(lambda: _counted(world, sent), "the figures of this moment", 30)
    assert seen["accounts"] == {"resend": True, "notion": True}
    page, metrics = operator(world, "/campaigns"), operator(world, "/metrics")
    assert "Real mail." in page.text
    families = {family.name: family for family in text_string_to_metric_families(metrics.text)}
    totals = families["campaigns_mails_sent"].samples
    assert sum(sample.value for sample in totals if sample.labels["step"] == "1") == sent
    assert families["campaigns_flow_runs"].samples
    assert families["campaigns_first_mail_seconds"].samples
    assert all("lead.example" not in answer.text for answer in (page, metrics))


def _counted(world: World, sent: int) -> dict[str, Any] | None:
    seen: dict[str, Any] = operator(world, "/campaigns.json").json()
    counted = sum(mail["sent"] for mail in seen["mails"] if mail["step"] == 1)
    return seen if counted == sent else None


def test_reloading_reads_the_ledger_once(world: World) -> None:
    def moments() -> set[str]:
        return {operator(world, "/campaigns.json").json()["at"] for _ in range(3)}

    assert until(lambda: len(moments()) == 1, "three reloads within ten seconds")


def test_the_page_brings_its_own_policy_and_prefects_ui_keeps_its(world: World) -> None:
    own = operator(world, "/campaigns").headers.get_list("content-security-policy")
    prefects = operator(world, "/v2/").headers.get_list("content-security-policy")
    assert [policy.split(";")[0] for policy in own] == ["default-src 'none'"]
    assert [policy.split(";")[0] for policy in prefects] == ["default-src 'self'"]


def test_the_artifact_stands_in_prefects_ui_once_and_links_to_the_page(world: World) -> None:
    wanted = {"artifacts": {"key": {"any_": [KEY]}}}
    [latest] = until(lambda: world.operator("POST", "/artifacts/latest/filter", wanted), "the artifact")
    assert "(/campaigns)" in latest["data"]
    assert "@" not in latest["data"]
    assert world.prefect("SELECT count(*) FROM artifact WHERE key = %s", KEY) == [(1,)]
