"""`python -m bench.client`: posts signups as fast as it may, and says how long each answer took; a process of its own.

Raw HTTP over kept connections, so that the client costs little beside what it measures. A 503 with `Retry-After` is an
answer too, and counted; any other but 201 ends the measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parents[1]
BODY = ROOT / "tests/fixtures/website/message_14_parameters.json"


@dataclass(frozen=True)
class Answers:
    """Seconds that each signup took that was taken, ascending; and how many were put off."""

    took: list[float]
    put_off: int

    @property
    def p50(self) -> float:
        return statistics.median(self.took)

    @property
    def p99(self) -> float:
        return self.took[int(0.99 * (len(self.took) - 1))]


def answers(port: int, seconds: float, *how: object) -> Answers:
    """What a client in a process of its own was answered that posts in this way for so long."""
    command = [sys.executable, "-m", "bench.client", str(port), str(seconds), *map(str, how)]
    said = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return Answers(sorted(said["took"]), said["put_off"])


@dataclass
class Target:
    """Where to post, and what it answered: seconds for each signup that was taken, and how many were put off."""

    port: int
    tls: bool = False
    took: list[float] = field(default_factory=list)
    put_off: int = 0
    _idle: list[Connection] = field(default_factory=list)

    async def post(self, since: float) -> None:
        """Post one signup; the time counts from `since`."""
        connection = self._idle.pop() if self._idle else await Connection.open(self.port, tls=self.tls)
        if await connection.post():
            self.took.append(time.perf_counter() - since)
        else:
            self.put_off += 1
        self._idle.append(connection)


async def closed(target: Target, clients: int, seconds: float) -> None:
    """So many clients, each of which posts again as soon as it is answered."""
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_one_after_another(target, end) for _ in range(clients)))


async def steady(target: Target, per_second: float, seconds: float) -> None:
    """One post at each moment of a fixed rhythm, answered or not; its time counts from that moment."""
    begin = time.perf_counter()
    moments = [begin + number / per_second for number in range(int(per_second * seconds))]
    await asyncio.gather(*(_at(target, moment) for moment in moments))


class Connection:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, *, tls: bool) -> Connection:
        context = ssl._create_unverified_context() if tls else None  # noqa: SLF001 (loopback, Caddy's own authority)
        return cls(*await asyncio.open_connection("localhost" if tls else "127.0.0.1", port, ssl=context))

    async def post(self) -> bool:
        """Post one signup. Whether it was taken."""
        self._writer.write(_request())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)
        status = head.split(b" ", 2)[1]
        if status != b"201" and not (status == b"503" and b"retry-after: " in head.lower()):
            raise SystemExit(f"the answer was {head.splitlines()[0].decode()}")
        return status == b"201"


def _template() -> Callable[[str], bytes]:
    body = json.loads(BODY.read_text())
    body["parameters"]["email"] = "MARK@example.com"
    before, after = json.dumps(body).split("MARK")

    def request(mark: str) -> bytes:
        content = f"{before}{mark}{after}".encode()
        return (
            b"POST /api/flow_runs/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
        )

    return request


_FILLED = _template()


def _request() -> bytes:
    return _FILLED(uuid4().hex)


async def _one_after_another(target: Target, end: float) -> None:
    while (begin := time.perf_counter()) < end:
        await target.post(begin)


async def _at(target: Target, moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))
    await target.post(moment)


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.client", description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("seconds", type=float)
    options.add_argument("--clients", type=int)
    options.add_argument("--per-second", type=float)
    options.add_argument("--tls", action="store_true")
    chosen = options.parse_args()
    target = Target(chosen.port, chosen.tls)
    work = (
        closed(target, chosen.clients, chosen.seconds)
        if chosen.clients
        else steady(target, chosen.per_second, chosen.seconds)
    )
    asyncio.run(work)
    json.dump({"took": target.took, "put_off": target.put_off}, sys.stdout)


if __name__ == "__main__":
    main()
