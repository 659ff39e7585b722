"""The evidence of a bill, packed: which plans were held, and what each record cost and why.

Of every record: its rule, its amount and the steps of the arithmetic, so that a bill can be shown
down to its records and be computed again. Packed as MessagePack; the charges also by zlib, since
a busy line has thousands.
"""

import zlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from yizhan.domain.billing.model import Held
from yizhan.domain.billing.monthly import LineResult
from yizhan.domain.rating import BucketLeft, Charge, Piece, RatedMonth


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """A line's month without its charges."""

    parts: tuple[Held, ...]
    buckets: tuple[tuple[BucketLeft, ...], ...]


class KeptCharge(msgspec.Struct, frozen=True, array_like=True):
    """One record's charge. ``part`` is the stretch; amounts in ``1/scale`` yuan of that stretch.

    ``usage_id`` and ``part_of`` are the 16 bytes of a UUID.
    """

    usage_id: bytes
    part: int
    rule: str
    amount: int
    quantity: int
    pieces: tuple[tuple[str, str, int, int, int, int, int, str, str], ...]
    part_of: bytes | None = None

    @property
    def usage(self) -> UUID:
        """The record's id."""
        return UUID(bytes=self.usage_id)

    def piece_list(self) -> tuple[Piece, ...]:
        """The steps of the arithmetic."""
        return tuple(Piece(*piece) for piece in self.pieces)


_LEVEL = 1
_pack = msgspec.msgpack.Encoder().encode
_unpack_summary = msgspec.msgpack.Decoder(Summary).decode
_unpack_charges = msgspec.msgpack.Decoder(tuple[KeptCharge, ...]).decode


def pack_summary(result: LineResult) -> bytes:
    """The summary of a line's month."""
    return _pack(
        Summary(
            tuple(held for held, _ in result.parts),
            tuple(month.buckets for _, month in result.parts),
        )
    )


def unpack_summary(packed: bytes) -> Summary:
    """What :func:`pack_summary` packed."""
    return _unpack_summary(packed)


def pack_charges(months: Sequence[RatedMonth]) -> bytes:
    """The charges of a line's month, by stretch."""
    return zlib.compress(
        _pack(
            [_kept(charge, part) for part, month in enumerate(months) for charge in month.charges]
        ),
        3,
    )


def unpack_charges(packed: bytes) -> tuple[KeptCharge, ...]:
    """What :func:`pack_charges` packed."""
    return _unpack_charges(zlib.decompress(packed))


def _kept(charge: Charge, part: int) -> KeptCharge:
    return KeptCharge(
        charge.usage_id.bytes,
        part,
        charge.rule,
        charge.amount,
        charge.quantity,
        tuple(
            (
                piece.kind,
                piece.item,
                piece.amount,
                piece.count,
                piece.size,
                piece.price,
                piece.quantity,
                piece.key,
                piece.band,
            )
            for piece in charge.pieces
        ),
        charge.part_of.bytes if charge.part_of else None,
    )
