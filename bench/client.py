"""`python -m bench.client`: posts signups as fast as it may, and says how long each answer took; a process of its own.

Raw HTTP over kept connections, so that the client costs little beside what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

BODY = Path(__file__).parents[1] / "tests/fixtures/website/message_14_parameters.json"


async def closed(port: int, clients: int, seconds: float) -> list[float]:
    """So many clients, each of which posts again as soon as it is answered. Seconds for each answer."""
    end = time.perf_counter() + seconds
    found = await asyncio.gather(*(_one_after_another(port, end) for _ in range(clients)))
    return [took for one in found for took in one]


async def steady(port: int, per_second: float, seconds: float) -> list[float]:
    """One post at each moment of a fixed rhythm, answered or not. Seconds from that moment to the answer."""
    idle: list[Connection] = []
    begin = time.perf_counter()
    posts = [
        asyncio.create_task(_at(port, begin + number / per_second, idle))
        for number in range(int(per_second * seconds))
    ]
    return list(await asyncio.gather(*posts))


class Connection:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self) -> None:
        """Post one signup. Anything but 201 ends the measurement."""
        self._writer.write(_request())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)
        if b" 201 " not in head[:20]:
            raise SystemExit(f"the answer was {head.splitlines()[0].decode()}")


def _template() -> Callable[[str], bytes]:
    body = json.loads(BODY.read_text())
    body["parameters"]["email"] = "MARK@example.com"
    before, after = json.dumps(body).split("MARK")

    def request(mark: str) -> bytes:
        content = f"{before}{mark}{after}".encode()
        return (
            b"POST /api/flow_runs/ HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
        )

    return request


_FILLED = _template()


def _request() -> bytes:
    return _FILLED(uuid4().hex)


async def _one_after_another(port: int, end: float) -> list[float]:
    connection, took = await Connection.open(port), []
    while (begin := time.perf_counter()) < end:
        await connection.post()
        took.append(time.perf_counter() - begin)
    return took


async def _at(port: int, moment: float, idle: list[Connection]) -> float:
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))
    connection = idle.pop() if idle else await Connection.open(port)
    await connection.post()
    idle.append(connection)
    return time.perf_counter() - moment


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.client", description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("seconds", type=float)
    options.add_argument("--clients", type=int)
    options.add_argument("--per-second", type=float)
    chosen = options.parse_args()
    work = (
        closed(chosen.port, chosen.clients, chosen.seconds)
        if chosen.clients
        else steady(chosen.port, chosen.per_second, chosen.seconds)
    )
    json.dump(asyncio.run(work), sys.stdout)


if __name__ == "__main__":
    main()
