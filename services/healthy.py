"""Runs a service's health check, and ends a service that hangs: Docker only notes that it is unhealthy.

`python -IS healthy.py CHECK.py`. A check ends with 0 (healthy), 1 (the service itself does not do its work) or
2 (something that it needs is away, which its own end would not mend). A service that was healthy and then does
nothing but 1 for `PATIENCE` seconds is killed with everything in its container, and Docker's restart policy starts
it again. Stdlib only, for speed.
"""

import os
import runpy
import signal
import sys
import time
from pathlib import Path

PATIENCE = float(os.environ.get("HUNG_AFTER_SECONDS", "60"))
#: When it was healthy last, by a clock that nobody sets and that stands still while the machine sleeps. In the container's own /tmp, which each start empties.
SEEN = Path("/tmp/healthy-at")  # noqa: S108


def main() -> int:
    verdict, now = _verdict(sys.argv[1]), time.monotonic()
    if verdict != 1:
        SEEN.write_text(str(now))
    elif SEEN.exists() and now - float(SEEN.read_text()) > PATIENCE:
        os.kill(-1, signal.SIGKILL)  # all but PID 1, Docker's init, which ends with its child
    return min(verdict, 1)


def _verdict(check: str) -> int:
    try:
        runpy.run_path(check, run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
