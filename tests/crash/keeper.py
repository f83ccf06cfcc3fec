"""What Compose does with `restart: unless-stopped`: a service that has died is started again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.local.stack import DidNotStart
from tests.crash.place import Place

#: Seconds between two looks.
LOOK = 0.2


class Keeper:
    """One thread for each service that it keeps running."""

    def __init__(self, place: Place) -> None:
        stack = place.stack
        self._place = place
        self._starts = {"server": stack.start_server, "worker": stack.start_worker, "web": stack.start_web}
        self._up = set(self._starts)
        self._ended = threading.Event()

    def is_up(self, name: str) -> bool:
        return name in self._up and self._place.stack.processes[name].poll() is None

    @contextmanager
    def keeping(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._keep, args=pair, daemon=True) for pair in self._starts.items()
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def _keep(self, name: str, start: Callable[[], None]) -> None:
        while not self._ended.wait(LOOK):
            if self._place.stack.processes[name].poll() is not None:
                self._up.discard(name)
                self._try(name, start)

    def _try(self, name: str, start: Callable[[], None]) -> None:
        try:
            start()
        except DidNotStart:
            return  # Postgres is away, say; the next look starts it again
        self._up.add(name)
