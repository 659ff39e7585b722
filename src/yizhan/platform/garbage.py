"""How often a process looks for garbage that reference counting missed.

The house makes millions of small values and hardly a cycle; at the usual rate the search takes a
fifth of the time of a load or a bill run and finds nothing.
"""

import gc


def collect_seldom() -> None:
    """Leave alone what is loaded by now, and search the rest a hundred times less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(70_000, 20, 50)
