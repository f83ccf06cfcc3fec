"""`make demo`: the main job on this machine, from the website's POST to the mail, and what came of it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from services.local.postgres import ROOT, embedded
from services.local.report import Outcome, look, report
from services.local.stack import DidNotStart, Stack, port_in_use

#: What the website sends for a finished assessment.
SIGNUP = ROOT / "tests/fixtures/website/message_14_parameters.json"
#: Where mail 1 can be opened in a browser afterwards.
PREVIEW = ROOT / "preview"
#: Seconds that the flow run may take.
PATIENCE = 90


class CannotRun(RuntimeError):
    """The demo stops here; the message says why and what to do."""


def main() -> int:
    options = argparse.ArgumentParser(prog="make demo", description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the stack running, to look around")
    keep: bool = options.parse_args().keep
    signal.signal(signal.SIGTERM, _interrupt)
    warnings.filterwarnings("ignore", module="platformdirs")
    try:
        return _demo(keep=keep)
    except (CannotRun, DidNotStart) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left running.", file=sys.stderr)
        return 130


def _demo(*, keep: bool) -> int:
    ports = {name: _port(name, default) for name, default in (("WEB_PORT", 8000), ("PREFECT_PORT", 4200))}
    with _directory() as directory:
        print("Postgres …", end=" ", flush=True)
        with embedded(directory / "postgres") as postgres:
            stack = Stack(directory, postgres, web_port=ports["WEB_PORT"], server_port=ports["PREFECT_PORT"])
            try:
                outcome = _run(stack)
                print(report(stack, outcome, _keep_mail(outcome)))
                _wait_if(keep=keep, stack=stack)
            finally:
                stack.stop()
    return 0 if outcome.state == "COMPLETED" else 1


def _run(stack: Stack) -> Outcome:
    """Start everything, post the signup, and look until its run has ended."""
    stack.prepare()
    stages = {"Prefect's server": stack.start_server, "campaigns": stack.register, "worker": stack.start_worker,
              "web": stack.start_web}  # fmt: skip
    for name, start in stages.items():
        print(f"{name} …", end=" ", flush=True)
        start()
    stack.await_worker()
    print("up.\nThe website posts a signup …", end=" ", flush=True)
    status, answer = _post(f"{stack.web_url}/api/flow_runs/", json.loads(SIGNUP.read_text()))
    print(f"{status}. Its flow runs …", end=" ", flush=True)
    outcome = _until_ended(stack, status, answer)
    print(f"{outcome.state}.\n", flush=True)
    return outcome


def _until_ended(stack: Stack, status: int, answer: dict[str, Any]) -> Outcome:
    deadline = time.monotonic() + PATIENCE
    while not (outcome := look(stack, status, answer)).ended:
        if time.monotonic() > deadline:
            raise CannotRun(
                f"The run did not end within {PATIENCE} s. The worker's log:\n{stack.log('worker')}"
            )
        time.sleep(0.3)
    return outcome


def _post(url: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "Idempotency-Key": "demo-1"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        raise CannotRun(f"The signup was refused with {error.code}: {error.read().decode()}") from error


def _keep_mail(outcome: Outcome) -> Path:
    PREVIEW.mkdir(exist_ok=True)
    path = PREVIEW / "mail-1.html"
    path.write_text(outcome.first_mail["html"])
    path.with_suffix(".txt").write_text(outcome.first_mail["text"])
    return path


def _port(name: str, default: int) -> int:
    """The port that the demo takes, unless somebody has it already."""
    port = int(os.environ.get(name) or default)
    if port_in_use(port):
        raise CannotRun(
            f"Port {port} is in use: by another demo that is running, or by something else. "
            f"Stop that, or choose another port: {name}={port + 1} make demo"
        )
    return port


@contextmanager
def _directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="campaigns-demo-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _wait_if(*, keep: bool, stack: Stack) -> None:
    if keep:
        prefect = stack.api_url.removesuffix("/api")
        print(f"\nStill running. Prefect's UI: {prefect} and the funnel: {prefect}/campaigns "
              f"(operator / {stack.password}). Ctrl-C ends it.")  # fmt: skip
        signal.pause()


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
