"""What all children have in common, imported once before they are forked.

Frozen, because the garbage collector writes into everything that it looks at: each child would soon have a copy of
its own, 30 MB of it.
"""

import gc

from services.worker import child

__all__ = ["child"]

gc.collect()
gc.freeze()
