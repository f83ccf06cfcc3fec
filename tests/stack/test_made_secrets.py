"""Generated secrets: who may read them, and where they must not be found."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.stack.deployment import Deployment

GROUPS = {"postgres": 999, "web": 10001, "server": 10003, "worker": 10004, "migrate": 10005, "backup": 10006}
IMAGES = ("web", "server", "worker", "caddy")


@pytest.fixture(scope="module")
def secrets(stack: Deployment) -> list[str]:
    """The values."""
    found = stack.compose.once("init", "sh", "-c", "cd /secrets/originals && tail -n +1 *").stdout
    values = re.findall(r"^[0-9a-f]{64}$", found, re.MULTILINE)
    assert len(values) == len(set(values)) == 7, "of postgres, four roles, the operator and the links"
    return values


def test_each_file_is_for_one_service(stack: Deployment) -> None:
    listed = stack.compose.once("init", "find", "/secrets", "-printf", "%y %P %m %U:%G\n").stdout
    for kind, path, mode, owner in (line.split(" ") for line in listed.splitlines()):
        service = path.split("/")[0]
        if service in GROUPS:
            expected = ("750" if kind == "d" else "440", f"0:{GROUPS[service]}")
        else:
            expected = ("755" if not path else "700" if kind == "d" else "400", "0:0")
        assert (mode, owner) == expected, path


@pytest.mark.parametrize("service", ["postgres", "web", "server", "worker", "backup"])
def test_a_service_reads_its_own_secrets_and_nobody_elses(stack: Deployment, service: str) -> None:
    tried = stack.compose.execute(
        service, "sh", "-c", "for place in /secrets/*/; do ls $place >/dev/null 2>&1 && echo $place; done"
    )
    assert tried.stdout.split() == [f"/secrets/{service}/"]


def test_caddy_has_no_secrets(stack: Deployment) -> None:
    assert stack.compose.execute("caddy", "ls", "/secrets").returncode != 0


def test_no_secret_stands_in_an_environment_or_command(stack: Deployment, secrets: list[str]) -> None:
    shown = json.dumps(stack.compose.containers())
    assert "ntn_stack" in shown  # which the operator has put into .env, unlike Resend's key
    assert not [value for value in (*secrets, "re_stack") if value in shown]


def test_no_secret_stands_in_a_log(stack: Deployment, secrets: list[str]) -> None:
    logs = stack.compose("logs")
    assert "secrets are made" in logs
    assert not [value for value in (*secrets, "re_stack", "ntn_stack") if value in logs]


@pytest.mark.parametrize("image", IMAGES)
def test_no_secret_is_built_into_an_image(secrets: list[str], image: str) -> None:
    name = f"campaigns-test-{image}"
    history = _docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", name).stdout
    assert history
    assert not re.search(r"(?i)(password|token|secret|api_key)\s*=\s*\S", history)
    inside = _docker(
        "run", "--rm", "--network=none", "--entrypoint=sh", name, "-c", "ls -A /secrets /app/.env /app/.git"
    )
    assert inside.stdout == ""
    assert inside.returncode != 0


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
