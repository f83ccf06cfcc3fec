"""Python's garbage collector in a process that lives long. As it comes it takes a thirteenth of a signup's CPU: it looks
again and again through all that was imported.
"""

import gc

#: New objects between two looks; Python's own 700 are a handful of log lines.
OFTEN = 10_000


def look_less() -> None:
    """From now on: what is there already is never looked at again, and what is new not so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OFTEN)
