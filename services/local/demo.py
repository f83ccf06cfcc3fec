"""`make demo`: the main job on this machine, from the website's POST to the mail, and what came of it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import fasteners

from services.local.postgres import ROOT, Postgres, embedded
from services.local.report import report
from services.local.stack import DidNotStart, Stack, port_in_use

#: What the website sends for a finished assessment.
SIGNUP = ROOT / "tests/fixtures/website/message_14_parameters.json"
PREVIEW = ROOT / "preview"
PATIENCE = 60


class CannotRun(RuntimeError):
    """The demo stops here; the message says why and what to do."""


def main() -> int:
    options = argparse.ArgumentParser(prog="make demo", description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave it running, to look around")
    keep = options.parse_args().keep
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as stack:
            _run(stack, keep=keep)
    except (CannotRun, DidNotStart) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left behind", file=sys.stderr)
        return 130
    return 0
