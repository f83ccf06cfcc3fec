"""`docker compose` for one project of the tests, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Seconds that one command may take. Building from nothing takes minutes.
PATIENCE = 900


class Failed(AssertionError):
    """A command ended otherwise than it should."""


@dataclass(frozen=True)
class Compose:
    """A project in a directory of its own; `files` are relative to it."""

    project: str
    directory: Path
    files: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        files = [part for file in self.files for part in ("-f", file)]
        return ["docker", "compose", "--ansi", "never", "-p", self.project, *files]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command, however it ends."""
        return self._start(*self.command, *arguments)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A verb of the Makefile, however it ends."""
        return self._start("make", "--silent", f"COMPOSE={' '.join(self.command)}", *arguments)

    def _start(self, *command: str) -> subprocess.CompletedProcess[str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
        return subprocess.run(
            command, cwd=self.directory, env=outside | dict(self.environment), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def __call__(self, *arguments: str) -> str:
        """What a command prints. Raises `Failed` if it fails."""
        done = self.run(*arguments)
        if done.returncode:
            end = "\n".join(done.stderr.splitlines()[-5:])
            raise Failed(f"docker compose {' '.join(arguments)}: {done.returncode}\n{end}")
        return done.stdout

    def up(self, *arguments: str) -> None:
        """Start and wait until all is healthy. Raises `Failed`, after printing what the services say."""
        try:
            self("up", "--wait", *arguments)
        except Failed:
            print(self.state())
            raise

    def down(self) -> None:
        """End it and take away all that it made but the images."""
        self("down", "--volumes", "--remove-orphans", "--timeout", "5")

    def execute(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in a running container, however it ends."""
        return self.run("exec", "-T", service, *command)

    def once(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`run --rm` of a service alone, however it ends."""
        return self.run("run", "--rm", "--no-deps", "-T", "--quiet-pull", *arguments)

    def config(self) -> dict[str, Any]:
        return dict(json.loads(self("config", "--format", "json")))

    def containers(self) -> dict[str, dict[str, Any]]:
        """The containers as `docker inspect` shows them, those that have ended too, by service."""
        ids = self("ps", "--all", "--quiet").split()
        shown = json.loads(_docker("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in shown}

    def started_at(self, service: str) -> str:
        return str(self.containers()[service]["State"]["StartedAt"])

    def state(self) -> str:
        """What a person would look at after a failure."""
        return self.run("ps", "--all").stdout + self.run("logs", "--tail", "20").stdout

    def destroy(self, *but: str) -> None:
        """The machine is gone: every container but those of these services, and every volume."""
        doomed = [service for service in self.containers() if service not in but]
        self("rm", "--stop", "--force", *doomed)
        label = f"label=com.docker.compose.project={self.project}"
        _docker("volume", "rm", *_docker("volume", "ls", "--quiet", "--filter", label).split())

    def left(self) -> str:
        """What exists of the project: the ids or names of containers, volumes and networks."""
        label = f"label=com.docker.compose.project={self.project}"
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return "".join(_docker(*kind, "--quiet", "--filter", label) for kind in kinds)


def engine_answers() -> bool:
    try:
        return subprocess.run(["docker", "compose", "ls"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout
