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
    match service:
        case "caddy":
            command = ["wget", "-q", "-T", "2", "-O", "/dev/null", f"http://{host}:{port}/healthz"]
        case "postgres":
            command = ["bash", "-c", BASH, host, str(port)]
        case _:
            command = ["python", "-c", PYTHON, host, str(port)]
    return stack.compose.execute(service, *command).returncode == 0


def test_only_caddy_publishes_ports(stack: Deployment) -> None:
    product = replace(stack.compose, files=("docker-compose.yml",)).config()["services"]
    assert {name for name, service in product.items() if service.get("ports")} == {"caddy"}
    published = {
        name: sorted(port for port, bound in one["NetworkSettings"]["Ports"].items() if bound)
        for name, one in stack.compose.containers().items()
        if name in product
    }
    assert {name: ports for name, ports in published.items() if ports} == {"caddy": ["443/tcp", "80/tcp"]}


def test_caddy_does_not_reach_postgres(stack: Deployment) -> None:
    assert _reaches(stack, "caddy", "web", 8000)
    assert not _resolves(stack, "caddy", "postgres")
    assert _resolves(stack, "caddy", "web")


def test_caddy_does_not_reach_postgres_by_its_address_either(stack: Deployment) -> None:
    address = _address(stack, "postgres", "back")
    assert _says(stack, "caddy", address, 5432) == _says(stack, "caddy", "192.0.2.1", 5432)
    assert _reaches(stack, "web", address, 5432)


def _resolves(stack: Deployment, service: str, name: str) -> bool:
    return stack.compose.execute(service, "getent", "hosts", name).returncode == 0
