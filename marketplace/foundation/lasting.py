"""What lives as long as the process: not looked through again and again for garbage."""

from __future__ import annotations

import gc


def set_aside() -> None:
    """Take everything there is now out of the collector's rounds.

    A full round over the product and a large catalog takes a quarter of a second, and whichever
    request is in its way waits for it. What was set aside before and is no longer needed is looked
    for once more, so that a catalog that is read anew every night leaves nothing behind.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
