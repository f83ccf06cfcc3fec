"""A stand-in as a server: in a thread of a test, or as a process of its own."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

#: Seconds, as the vendors keep an idle connection: one that closes in the moment of the next request is another test.
KEEP_ALIVE = 65


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """The app on a free port of the loopback interface, while the block lasts; the value is its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_config=None,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE,
    )
    server, socket = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        _wait_for(server)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        socket.close()


def serve(app: Starlette) -> None:
    """The app as a process, at `--host` and `--port`, until it is stopped."""
    parser = argparse.ArgumentParser(description=app.state.title)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", timeout_keep_alive=KEEP_ALIVE)


def _wait_for(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + 5
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("a stand-in did not start within 5 seconds")
        time.sleep(0.005)
