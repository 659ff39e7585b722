"""A provider's settlement file against our books: reading it, and every difference. No I/O.

The file says on each row what moved: ``kind,order_no,refund_no,provider_no,amount_fen,at``; its
last line counts and sums the rows, so a file that was cut off is told from a quiet day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from yizhan.kernel.errors import Invalid

HEAD = "kind,order_no,refund_no,provider_no,amount_fen,at"
ROWS_MAX = 5_000_000

Moved = Literal["payment", "refund", "reversal"]


class Unreadable(Invalid):
    """The file is not what was agreed on; nothing of it was used."""

    code = "checkout.settlement_unreadable"


class Theirs(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the file. ``reference`` is the number of the order, or of the refund."""

    kind: Moved
    reference: str
    order_no: str
    amount_fen: int


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """What our books say. Unsettled ones are here only because the file names them."""

    kind: Moved
    reference: str
    amount_fen: int
    state: str
    settled: bool
    day: date | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the two books do not agree on."""

    kind: str
    reference: str
    ours_fen: int | None = None
    theirs_fen: int | None = None
    ours_state: str = ""
    theirs_state: str = ""


def read(text: str) -> list[Theirs]:
    """The rows of a file. Raises ``Unreadable``, naming the line."""
    lines = text.splitlines()
    if not lines or lines[0] != HEAD:
        raise Unreadable("The settlement file does not begin with “{head}”.", head=HEAD)
    if len(lines) > ROWS_MAX:
        raise Unreadable("The settlement file has more than {rows} rows.", rows=ROWS_MAX)
    found: list[Theirs] = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split(",")
        if cells[0] == "end":
            _check_end(cells, found, last=number == len(lines))
            return found
        found.append(_row(cells, number))
    raise Unreadable("The settlement file was cut off: its last line is missing.")


def _row(cells: Sequence[str], number: int) -> Theirs:
    if len(cells) != 6 or not cells[1]:
        raise Unreadable("Line {line} of the settlement file is not as agreed.", line=number)
    kind, order_no, refund_no, _, amount, _ = cells
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 15 and int(amount) > 0):
        raise Unreadable("Line {line} of the settlement file has no amount.", line=number)
    match kind:
        case "payment" | "reversal":
            return Theirs(kind=kind, reference=order_no, order_no=order_no, amount_fen=int(amount))
        case "refund" if refund_no:
            return Theirs(
                kind="refund", reference=refund_no, order_no=order_no, amount_fen=int(amount)
            )
        case _:
            raise Unreadable("Line {line} of the settlement file is not as agreed.", line=number)


def _check_end(cells: Sequence[str], found: Sequence[Theirs], *, last: bool) -> None:
    count, total = len(found), sum(row.amount_fen for row in found)
    if not last or list(cells[1:]) != [str(count), str(total)]:
        raise Unreadable(
            "The last line of the settlement file does not count and sum its {rows} rows.",
            rows=count,
        )


def match(day: date, ours: Iterable[Ours], theirs: Iterable[Theirs]) -> list[Difference]:
    """Every difference of a day, each once, in the order of their kind and reference."""
    mine = {(one.kind, one.reference): one for one in ours}
    said: defaultdict[tuple[Moved, str], list[int]] = defaultdict(list)
    for row in theirs:
        said[row.kind, row.reference].append(row.amount_fen)
    found: list[Difference] = []
    for (kind, reference), amounts in said.items():
        found += _compare(day, kind, reference, mine.get((kind, reference)), amounts)
    for (kind, reference), one in mine.items():
        if one.settled and one.day == day and (kind, reference) not in said:
            found.append(
                Difference(
                    kind=_named(kind, "missing_there"),
                    reference=reference,
                    ours_fen=one.amount_fen,
                    ours_state=one.state,
                )
            )
    return sorted(found, key=lambda one: (one.kind, one.reference))


def _compare(
    day: date, kind: Moved, reference: str, one: Ours | None, amounts: Sequence[int]
) -> list[Difference]:
    """What is wrong with what the file says of one thing."""
    if one is None:
        names = ["missing_here"]
    elif not one.settled:
        names = ["state_differs"]
    elif one.day != day:
        names = ["day_differs"]
    else:
        names = []
    if one is not None and any(amount != one.amount_fen for amount in amounts):
        names.append("amount_differs")
    if len(amounts) > 1:
        names.append("doubled")
    other = next((amount for amount in amounts if one and amount != one.amount_fen), amounts[0])
    return [
        Difference(
            kind=_named(kind, name),
            reference=reference,
            ours_fen=one.amount_fen if one else None,
            theirs_fen=sum(amounts) if name == "doubled" else other,
            ours_state=one.state if one else "",
            theirs_state="settled",
        )
        for name in names
    ]


def _named(kind: Moved, name: str) -> str:
    return name if kind == "payment" else f"{kind}_{name}"


_MOVED: tuple[Moved, ...] = ("payment", "refund", "reversal")
_NAMES = (
    "missing_here",
    "missing_there",
    "state_differs",
    "day_differs",
    "amount_differs",
    "doubled",
)
KINDS = tuple(_named(kind, name) for kind in _MOVED for name in _NAMES)
"""Every kind of difference there is."""
