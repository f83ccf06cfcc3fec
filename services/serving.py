"""uvicorn, which looks once a second whether it shall end and what time it is. As it comes it looks ten times, which is half
of what an idle `web` costs; it writes the time once a second all the same.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

#: uvicorn's own exit code for an application that could not start.
_NOT_STARTED = 3


class _Server(uvicorn.Server):
    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # noqa: ASYNC110 (a signal ends it, by a plain attribute)
            await asyncio.sleep(1)


def serve(app: ASGIApp, **options: Any) -> None:
    """As `uvicorn.run` does, until SIGTERM or SIGINT. Raises `SystemExit` if it could not start."""
    server = _Server(uvicorn.Config(app, **options))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_NOT_STARTED)
