"""The lines of a source file, one after another, with the place where each ends.

Files are read in blocks, so memory does not grow with them; ``.gz`` is unpacked on the way, and
places are then those of the unpacked text. A line longer than the limit is cut, never swallowed.
"""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from yizhan.domain.usage.model import ROW_BYTES_MAX

BLOCK_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"

Line = tuple[bytes, int]
"""The bytes of a line without its end, and the offset at which the next one begins."""


def open_source(path: Path) -> BinaryIO:
    """The unpacked bytes of a file."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def fingerprint(path: Path) -> str:
    """What tells this file from any other: the SHA-256 of its bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpacked_size(path: Path) -> int | None:
    """How many bytes there are to read; unknown for a packed file."""
    return None if path.suffix == ".gz" else path.stat().st_size


def lines(file: BinaryIO, offset: int = 0) -> Iterator[Line]:
    """The lines from *offset* on. Empty lines are skipped; a byte order mark is dropped.

    What exceeds the row limit is given as one byte more than the limit, so that it can be told.
    """
    if offset:
        file.seek(offset)
    position = offset
    rest = b""
    head: bytes | None = None  # of a line already known to be too long
    while block := file.read(BLOCK_BYTES):
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            first = position == 0
            position += len(piece) + 1
            line = head if head is not None else _bare(piece, first)
            head = None
            if line:
                yield line[: ROW_BYTES_MAX + 1], position
        if len(rest) > ROW_BYTES_MAX:
            head = head if head is not None else rest[: ROW_BYTES_MAX + 1]
            position += len(rest)
            rest = b""
    line = head if head is not None else _bare(rest, position == 0)
    if line:
        yield line[: ROW_BYTES_MAX + 1], position + len(rest)


def _bare(piece: bytes, first: bool) -> bytes:
    if first and piece.startswith(_BOM):
        piece = piece[len(_BOM) :]
    return piece[:-1] if piece.endswith(b"\r") else piece
