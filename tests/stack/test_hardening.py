"""What every service is allowed, as Compose renders it, as Docker runs it and as the kernel sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.stack.deployment import Deployment

LONG_RUNNING = ("postgres", "web", "server", "worker", "backup", "caddy")
ONE_SHOTS = ("init", "migrate", "register")

#: Rule → (the rendered service keeps it, the container keeps it). User and image's defaults show in the latter only.
RULES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "not root": (
        lambda service: service.get("user", "image") not in {"root", "0", "0:0"},
        lambda one: re.match("[1-9]", one["Config"]["User"]),
    ),
    "read-only root": (
        lambda service: service["read_only"],
        lambda one: one["HostConfig"]["ReadonlyRootfs"],
    ),
    "no capabilities": (
        lambda service: service["cap_drop"] == ["ALL"] and not service.get("cap_add"),
        lambda one: one["HostConfig"]["CapDrop"] == ["ALL"] and not one["HostConfig"]["CapAdd"],
    ),
    "no new privileges": (
        lambda service: service["security_opt"] == ["no-new-privileges:true"],
        lambda one: one["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"],
    ),
    "not privileged": (
        lambda service: not service.get("privileged") and not service.get("devices"),
        lambda one: not one["HostConfig"]["Privileged"] and not one["HostConfig"]["Devices"],
    ),
    "memory limit": (
        lambda service: int(service["mem_limit"]) <= 1 << 30,
        lambda one: 0 < one["HostConfig"]["Memory"] <= 1 << 30,
    ),
    "process limit": (
        lambda service: service["pids_limit"] <= 200,
        lambda one: 0 < one["HostConfig"]["PidsLimit"] <= 200,
    ),
    "restarts": (
        lambda service: service["restart"] == "unless-stopped",
        lambda one: one["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped",
    ),
    "health check": (
        lambda service: service["healthcheck"]["test"],
        lambda one: one["State"]["Health"]["Status"] == "healthy",
    ),
    "log rotation": (
        lambda service: {"max-size", "max-file"} <= service["logging"]["options"].keys(),
        lambda one: {"max-size", "max-file"} <= one["HostConfig"]["LogConfig"]["Config"].keys(),
    ),
    "namespaces of its own": (
        lambda service: not {"pid", "ipc", "network_mode", "userns_mode"} & service.keys(),
        lambda one: not {"host"} & {one["HostConfig"][f"{kind}Mode"] for kind in ("Pid", "Ipc", "Network")},
    ),
    "nothing of the host's to write to": (
        lambda service: all(
            _harmless(mount["type"], mount.get("read_only")) for mount in service.get("volumes", [])
        ),
        lambda one: all(_harmless(mount["Type"], not mount["RW"]) for mount in one["Mounts"]),
    ),
}


#: What holds for a service that ends by itself, too.
EVERYWHERE = ("read-only root", "no new privileges", "not privileged", "memory limit", "process limit",
              "log rotation", "nothing of the host's to write to")  # fmt: skip


def _harmless(kind: str, read_only: bool | None) -> bool:
    return kind == "volume" or (kind == "bind" and bool(read_only))


@dataclass(frozen=True)
class Seen:
    """Each service of the product as Compose renders it, and as Docker runs it."""

    rendered: dict[str, Any]
    running: dict[str, Any]


@pytest.fixture(scope="module")
def seen(stack: Deployment) -> Seen:
    product = replace(stack.compose, files=("docker-compose.yml",))
    return Seen(product.config()["services"], stack.compose.containers())


def test_the_tables_name_every_service(seen: Seen) -> None:
    assert {*LONG_RUNNING, *ONE_SHOTS} == seen.rendered.keys()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("service", LONG_RUNNING)
def test_a_long_running_service_keeps_the_rule(seen: Seen, service: str, rule: str) -> None:
    as_rendered, as_run = RULES[rule]
    assert as_rendered(seen.rendered[service]), seen.rendered[service]
    assert as_run(seen.running[service]), seen.running[service]["HostConfig"]


@pytest.mark.parametrize("rule", EVERYWHERE)
@pytest.mark.parametrize("service", ONE_SHOTS)
def test_a_one_shot_keeps_the_rule(seen: Seen, service: str, rule: str) -> None:
    as_rendered, as_run = RULES[rule]
    assert as_rendered(seen.rendered[service]), seen.rendered[service]
    assert as_run(seen.running[service]), seen.running[service]["HostConfig"]


def test_only_init_is_root_and_it_may_only_give_files_away(seen: Seen) -> None:
    roots = [name for name in ONE_SHOTS if not RULES["not root"][1](seen.running[name])]
    assert roots == ["init"]
    assert seen.rendered["init"]["cap_drop"] == ["ALL"]
    assert seen.rendered["init"]["cap_add"] == ["CHOWN"]
    assert seen.rendered["init"]["network_mode"] == "none"


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_the_kernel_agrees(stack: Deployment, service: str) -> None:
    status = stack.compose.execute(service, "cat", "/proc/1/status").stdout
    found = dict(line.split(":\t", 1) for line in status.splitlines())
    assert "0" not in found["Uid"].split()
    assert "0" not in found["Gid"].split()
    assert {int(found[f"Cap{kind}"], 16) for kind in ("Eff", "Prm", "Bnd", "Amb")} == {0}
    assert found["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_the_root_file_system_is_mounted_read_only(stack: Deployment, service: str) -> None:
    mounts = stack.compose.execute(service, "cat", "/proc/self/mounts").stdout.splitlines()
    options = {where: how.split(",") for _, where, _, how, _, _ in map(str.split, mounts)}
    assert "ro" in options["/"]
    assert "ro" in options.get("/secrets", ["ro"])
