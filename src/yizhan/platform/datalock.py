"""One holder for a data folder: a lock that the kernel drops when its holder dies, however.

The file says who holds it (process and address), so that the second to come can be told.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any


class DataInUse(RuntimeError):
    """Somebody else runs on this data. `pid` and `address` are theirs, where known."""

    def __init__(self, folder: Path, holder: dict[str, Any]) -> None:
        self.folder = folder
        self.pid: int | None = holder.get("pid")
        self.address: str = holder.get("address", "")
        who = f"process {self.pid}" if self.pid else "another process"
        where = f" at {self.address}" if self.address else " (still starting)"
        super().__init__(f"Already running on {folder}: {who}{where}.")


class DataLock:
    """The lock of a data folder. It lasts as long as this process, or until `release`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Become the holder, or raise `DataInUse` at once."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DataInUse(self.folder, holder_of(self.path)) from None
        self._descriptor = descriptor
        self.announce("")

    def announce(self, address: str) -> None:
        """Leave word of who we are and where we answer."""
        if self._descriptor is None:
            raise RuntimeError("Only the holder of a lock can write in it.")
        said = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, said, 0)

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would let two hold it."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def holder_of(path: Path) -> dict[str, Any]:
    """What the holder wrote, or nothing when it has not got so far."""
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
