"""Who reaches whom: one door, and behind it each service only what it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stack.deployment import Deployment

#: A connection by each means that an image has.
PYTHON = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"
BASH = 'timeout 2 bash -c "</dev/tcp/$0/$1"'


def _address(stack: Deployment, service: str, network: str) -> str:
    networks = stack.compose.containers()[service]["NetworkSettings"]["Networks"]
    return str(networks[f"{stack.compose.project}_{network}"]["IPAddress"])


def _reaches(stack: Deployment, service: str, host: str, port: int) -> bool:
    means = ["bash", "-c", BASH] if service in ("postgres", "backup") else ["python", "-c", PYTHON]
    return stack.compose.execute(service, *means, host, str(port)).returncode == 0


def test_only_caddy_publishes_ports(stack: Deployment) -> None:
    product = replace(stack.compose, files=("docker-compose.yml",)).config()["services"]
    assert {name for name, service in product.items() if service.get("ports")} == {"caddy"}
    published = {
        name: sorted(port for port, bound in one["NetworkSettings"]["Ports"].items() if bound)
        for name, one in stack.compose.containers().items()
        if name in product
    }
    assert {name: ports for name, ports in published.items() if ports} == {"caddy": ["443/tcp", "80/tcp"]}


def test_caddy_knows_no_postgres(stack: Deployment) -> None:
    known = {
        name: stack.compose.execute("caddy", "getent", "hosts", name).returncode == 0
        for name in ("web", "server", "postgres")
    }
    assert known == {"web": True, "server": True, "postgres": False}


def test_caddy_does_not_reach_postgres_by_its_address_either(stack: Deployment) -> None:
    address = _address(stack, "postgres", "back")
    tried = stack.compose.execute(
        "caddy", "wget", "-q", "-T", "2", "-O", "/dev/null", f"http://{address}:5432"
    )
    assert "timed out" in tried.stderr  # and not: a strange answer
    assert _reaches(stack, "web", address, 5432)


@pytest.mark.parametrize(
    ("service", "reaches"),
    {"worker": True, "web": False, "server": False, "postgres": False, "backup": False}.items(),
)
def test_only_the_worker_reaches_the_vendors(stack: Deployment, service: str, reaches: bool) -> None:
    assert _reaches(stack, service, _address(stack, "resend", "outside"), 8000) is reaches


@pytest.mark.parametrize(("setting", "enabled"), [({}, False), ({"DOCKER_IPV6": "true"}, True)])
def test_ipv6_is_switched_on_by_its_setting(
    stack: Deployment, setting: dict[str, str], enabled: bool
) -> None:
    environment = {**stack.compose.environment, **setting}
    product = replace(stack.compose, files=("docker-compose.yml",), environment=environment).config()
    assert bool(product["networks"]["outside"].get("enable_ipv6")) is enabled
    assert not product["networks"]["back"].get("enable_ipv6")
