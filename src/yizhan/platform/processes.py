"""What other processes are doing: alive or a zombie, where they stand, and dying with us.

A killed parent leaves children behind, and in a container nobody may ever collect them; asking
"is there such a process" is therefore not enough.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not."""
    state = _state(pid)
    if state is not None:
        return state not in "ZX"
    if _PROC.joinpath("self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _state(pid: int) -> str | None:
    """The kernel's letter for the state of a process; None where there is none to read."""
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_text()
    except (OSError, UnicodeDecodeError):
        return None
    return fields.rpartition(")")[2].split()[0]


def working_in(folder: Path) -> list[int]:
    """The living processes whose working directory is `folder`.

    Every process of a PostgreSQL server stands in its data folder, so an empty answer means that
    nobody writes there any more. Only processes this account may look at are seen.
    """
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return []
    found = []
    for entry in _PROC.glob("[0-9]*"):
        try:
            here = entry.joinpath("cwd").stat()
        except OSError:
            continue
        pid = int(entry.name)
        if (here.st_dev, here.st_ino) == (wanted.st_dev, wanted.st_ino) and alive(pid):
            found.append(pid)
    return sorted(found)


def die_with_parent(number: signal.Signals, *, parent: int | None = None) -> Callable[[], None]:
    """A function for a fresh child: have the kernel send `number` when our thread ends.

    The signal follows the thread that started the child, so children are started from a thread
    that lives as long as they shall. A child that calls this itself names its `parent`.
    """
    parent = parent or os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def in_child() -> None:
        if libc is None:
            return
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child
