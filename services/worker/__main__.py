"""`python -m services.worker`: the worker of the campaigns, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import asyncpg

from flows import settings
from flows.registry import flows
from services.worker import child
from services.worker.nursery import Nursery
from services.worker.pool import POOL
from services.worker.worker import CampaignWorker

logger = logging.getLogger("campaigns.worker")

#: Seconds between two tries to listen to the ledger. Meanwhile runs are found by polling.
PAUSE = 5

_STOCK = f"prefect worker start --pool {POOL} --type process --name worker --limit 2".split()


def main() -> int:
    try:
        found = settings.load()
        flows()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if found.worker == "stock":
        os.execvp(_STOCK[0], _STOCK)  # noqa: S606
    child.prepare()
    asyncio.run(serve(found, Nursery(child.main)))
    return 0


async def serve(found: settings.Settings, nursery: Nursery) -> None:
    """Work until SIGTERM or SIGINT, then drain."""
    worker = CampaignWorker(nursery)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [
        asyncio.create_task(work)
        for work in (worker.start(), _wake(worker), _listen(worker, found), _lost(nursery), ended.wait())
    ]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await worker.drain()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()  # whatever ended the worker but a signal is an error, and the container starts again


async def _lost(nursery: Nursery) -> None:
    """Raises `ChildProcessError` when the nursery has died."""
    died = asyncio.Event()
    asyncio.get_running_loop().add_reader(nursery.line, died.set)
    await died.wait()
    raise ChildProcessError("The process that children are forked from has died: the worker starts anew.")


async def _wake(worker: CampaignWorker) -> None:
    while True:
        await worker.woken.wait()
        worker.woken.clear()
        try:
            await worker.take()
        except Exception as error:  # noqa: BLE001 (the poll does it again, with its own patience)
            logger.warning("asking for runs failed: %s", type(error).__name__)


async def _listen(worker: CampaignWorker, found: settings.Settings) -> None:
    """Wake the worker when the ledger announces a run; it also polls, so nothing depends on it."""
    password = found.ledger_password.get_secret_value() if found.ledger_password else None
    while True:
        try:
            ledger = await asyncpg.connect(
                host=found.ledger_host, port=found.ledger_port, database=found.ledger_name,
                user=found.ledger_user, password=password, timeout=5,
            )  # fmt: skip
            await ledger.add_listener("run", lambda *_: worker.woken.set())
            broken = asyncio.Event()
            ledger.add_termination_listener(lambda *_, broken=broken: broken.set())
            await broken.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            logger.warning(
                "cannot listen to the ledger (%s); runs are found by polling", type(error).__name__
            )
            await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main())
