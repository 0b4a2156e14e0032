"""How often Python looks for garbage that refers to itself: rarely, in processes that live long and hold much.

What is worked out of a subject's facts refers back to them, so some of it is garbage of this kind, a little at a time;
looking for it as often as Python does by itself was more than a third of an assessment's time.
"""

import gc
from typing import Final

NEW: Final = 50_000
YOUNG: Final = 20
OLD: Final = 50
"""Objects made until the newest are looked through; how often these until the younger are; these, until all are."""


def collect_rarely() -> None:
    """From now on. What is loaded by now is taken to stay, and never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, YOUNG, OLD)
