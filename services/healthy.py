"""Runs a service's health check, and ends a service that hangs: Docker only notes that it is unhealthy.

`python -IS healthy.py CHECK.py`, where CHECK.py has a function `check(get)`. It gives 0 (healthy), 1 (the service
itself does not do its work) or 2 (something that it needs is away, which its own end would not mend). A service that
was healthy and then does nothing but 1 for `PATIENCE` seconds is killed with everything in its container, and Docker's
restart policy starts it again.

A check runs twice a minute in each container, so it imports little: with `urllib` it takes 120 ms of CPU, and a quarter
of what the whole stack costs while idle.
"""

import os
import runpy
import signal
import socket
import sys
import time
from binascii import b2a_base64

PATIENCE = float(os.environ.get("HUNG_AFTER_SECONDS", "60"))
#: When it was healthy last, by a clock that nobody sets and that stands still while the machine sleeps. In the container's own /tmp, which each start empties.
SEEN = "/tmp/healthy-at"  # noqa: S108


def main() -> int:
    verdict: int = runpy.run_path(sys.argv[1])["check"](get)
    now = time.monotonic()
    if verdict != 1:
        _note(now)
    elif now - _noted(now) > PATIENCE:
        os.kill(-1, signal.SIGKILL)  # all but PID 1, Docker's init, which ends with its child
    return min(verdict, 1)


def _note(now: float) -> None:
    with open(SEEN, "w") as seen:  # noqa: PTH123 (pathlib takes as long to import as all the rest)
        seen.write(str(now))


def _noted(now: float) -> float:
    try:
        with open(SEEN) as seen:  # noqa: PTH123
            return float(seen.read())
    except FileNotFoundError:
        return now  # it was never healthy: it is only starting


def get(host: str, port: int, path: str, login: str = "", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of what an HTTP server answers, to a POST if there is a body; 0 if none answers within seconds.

    Args:
        login: `name:password`.
    """
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.0", f"Host: {host}"]
    lines += [f"Authorization: Basic {b2a_base64(login.encode(), newline=False).decode()}"] if login else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body is not None else []
    try:
        with socket.create_connection((host, port), 4) as server:
            server.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            head, _, rest = b"".join(iter(lambda: server.recv(65536), b"")).partition(b"\r\n\r\n")
        return int(head.split()[1]), rest
    except (OSError, ValueError, IndexError):
        return 0, b""


if __name__ == "__main__":
    sys.exit(main())
