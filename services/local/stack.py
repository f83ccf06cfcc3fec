"""Server, registration, worker and web as processes, wired like the services of docker-compose.yml."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from services.init.secrets import Place, make, operator_password
from services.local.postgres import ROOT, Postgres

#: Seconds that a process may take to answer.
PATIENCE = 90

_COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
_TUNED = (
    "PREFECT_SERVER_SERVICES_", "PREFECT_SERVER_EVENTS_", "PREFECT_SERVER_DATABASE_", "PREFECT_WORKER_", "PREFECT_CLIENT_", "PREFECT_LOGGING_ROOT_", "PREFECT_LOGGING_HANDLERS_",
)  # fmt: skip
#: How Prefect's services and worker are set, as docker-compose.yml has it without an `.env`.
_SERVICES = {
    name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(value))
    for service in ("server", "worker")
    for name, value in _COMPOSE["services"][service]["environment"].items()
    if name.startswith(_TUNED)
}


class DidNotStart(RuntimeError):
    """A process ended or did not answer; the message has the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@dataclass
class Stack:
    """The processes, their logs under `directory`, and what is needed to talk to them.

    Args:
        settings: what would stand in `.env`.
        root: the tree that the processes run from; another one than ours to run another campaign.
    """

    directory: Path
    postgres: Postgres
    settings: Mapping[str, str] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)
    server_port: int = field(default_factory=free_port)
    root: Path = ROOT
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"

    @property
    def password(self) -> str:
        return operator_password(self._secrets)

    @property
    def _secrets(self) -> Path:
        return self.directory / "secrets"

    def prepare(self) -> None:
        (self.directory / "prefect").mkdir(exist_ok=True)
        place = Place(api_url=self.api_url, postgres=self.postgres.host, postgres_port=self.postgres.port)
        make(self._secrets, place)

    def start_server(self) -> None:
        self.start("server", "-m", "services.server", "--host", "127.0.0.1", "--port", str(self.server_port))
        # Without the password it answers 401 as soon as it answers at all.
        self._answers("server", f"{self.api_url}/ready", expected=401)

    def register(self) -> None:
        """The one-shot. Raises `DidNotStart` with its reasons."""
        self.start("register", "-m", "services.worker.register")
        if self.processes["register"].wait(PATIENCE):
            raise DidNotStart(self.log("register"))

    def start_worker(self) -> None:
        self.start("worker", "-m", "services.worker")

    def await_worker(self) -> None:
        """Until Prefect has heard of the worker: from then on it takes runs at once."""
        self._until("worker", self._worker_is_online)

    def _worker_is_online(self) -> bool:
        login = base64.b64encode(f"operator:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        url = f"{self.api_url}/work_pools/campaigns/workers/filter"
        with urllib.request.urlopen(urllib.request.Request(url, b"{}", headers), timeout=10) as answer:  # noqa: S310 - our own loopback
            return any(worker["status"] == "ONLINE" for worker in json.load(answer))

    def start_web(self) -> None:
        self.start("web", "-m", "services.web", "--host", "127.0.0.1", "--port", str(self.web_port))
        self._answers("web", f"{self.web_url}/healthz", expected=200)

    def start(self, name: str, *arguments: str) -> None:
        """Start `python *arguments` as a service; its output goes to a log of its name."""
        with self._log_path(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=self.root, env=self.environment(name), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """End every process, the last started first, with what it has started itself."""
        for process in reversed(self.processes.values()):
            _end(process)

    def log(self, name: str) -> str:
        return self._log_path(name).read_text(errors="replace")[-4000:]

    def environment(self, name: str) -> dict[str, str]:
        """What a service finds in its environment: nothing of Prefect's from outside."""
        service = "worker" if name == "register" else name
        outside = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        return {
            **outside,
            **self.settings,
            **self.postgres.environment(service),
            "LINK_KEY_FILE": str(self._secrets / "worker/link_key"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.root),
            "PREFECT_HOME": str(self.directory / "prefect" / service),
            "PREFECT_PROFILES_PATH": str(self._secrets / service / "profiles.toml"),
            "PREFECT_UI_API_URL": "/api",
            "PREFECT_API_SSL_CERT_FILE": str(self.root / "services/no_authority.pem"),
            "PREFECT_UI_STATIC_DIRECTORY": str(self.directory / "ui"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            **_SERVICES,
            "PREFECT_LOGGING_LEVEL": "WARNING" if service == "server" else "INFO",
            "DO_NOT_TRACK": "1",
        }

    def _answers(self, name: str, url: str, *, expected: int) -> None:
        self._until(name, lambda: status(url) == expected)

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"{name} did not start. The end of its log:\n{self.log(name)}")
            time.sleep(0.1)

    def _log_path(self, name: str) -> Path:
        return self.directory / f"{name}.log"


def status(url: str) -> int:
    """The HTTP status that a GET of this address answers; 0 if nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _end(process: subprocess.Popen[bytes], patience: float = 10) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
