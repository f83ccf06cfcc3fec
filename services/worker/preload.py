"""What all children have in common, imported and read once before they are forked.

Frozen, because the garbage collector writes into everything that it looks at: each child would soon have a copy of
its own, 30 MB of it.
"""

# What Prefect's engine imports only when a run begins.
import anyio._backends._asyncio
import prefect.concurrency.services
import prefect.task_engine
import prefect.utilities.visualization

from services.collector import look_less
from services.worker import child

__all__ = ["anyio", "child", "prefect"]

child.warm_up()
look_less()
