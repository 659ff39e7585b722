"""A bill against another: what changed, by how much, and what in the usage made it so."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from yizhan.domain import usage
from yizhan.domain.billing.explain import usage_of
from yizhan.domain.billing.model import Bill, BillLine
from yizhan.domain.billing.phrasing import CHANGES, TO, minutes_of, quantity, signed
from yizhan.domain.billing.queries import get_evidence, may_read
from yizhan.domain.rating import Usage
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

Place = tuple[str, Text]
"""What usage is told apart by: a destination or a partner, and its name."""
_NOWHERE: Place = ("", Text("", ""))


class Spent(msgspec.Struct, kw_only=True):
    """Usage of one bill item to one place in one month."""

    amount: int = 0
    quantity: int = 0
    unit: str = "count"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs. ``words`` say what and, where usage tells, why."""

    line_id: UUID | None
    kind: str
    key: str
    before: int
    after: int
    words: str

    @property
    def difference(self) -> int:
        """Fen more than before."""
        return self.after - self.before


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two bills of an account. The differences of the changes add up to that of the totals."""

    before: Bill
    after: Bill
    changes: tuple[Change, ...]

    @property
    def difference(self) -> int:
        """Fen more than before."""
        return self.after.total_fen - self.before.total_fen


_Key = tuple[UUID | None, str, str]


async def compare(work: UnitOfWork, bill: Bill, previous: Bill, language: str) -> Comparison:
    """What changed from *previous* to *bill* (both with their lines), the largest first."""
    may_read(work, bill.customer_id)
    old, new = _by_key(previous.lines), _by_key(bill.lines)
    differing = [
        key for key in dict.fromkeys([*new, *old]) if _amount(new.get(key)) != _amount(old.get(key))
    ]
    spent_old = await _spent(work, previous, differing)
    spent_new = await _spent(work, bill, differing)
    changes = [
        Change(
            line_id=key[0],
            kind=key[1],
            key=key[2],
            before=_amount(old.get(key)),
            after=_amount(new.get(key)),
            words=_words(
                (new.get(key) or old[key])[0],
                _amount(old.get(key)),
                _amount(new.get(key)),
                driver(spent_old.get(key, {}), spent_new.get(key, {})),
                language,
            ),
        )
        for key in differing
    ]
    changes.sort(key=lambda one: -abs(one.difference))
    return Comparison(before=previous, after=bill, changes=tuple(changes))


def _by_key(lines: Iterable[BillLine]) -> dict[_Key, list[BillLine]]:
    found: dict[_Key, list[BillLine]] = {}
    for line in lines:
        found.setdefault((line.line_id, line.kind, line.key), []).append(line)
    return found


def _amount(lines: Sequence[BillLine] | None) -> int:
    return sum(line.amount for line in lines or ())


async def _spent(
    work: UnitOfWork, bill: Bill, wanted: Sequence[_Key]
) -> dict[_Key, dict[Place, Spent]]:
    """What the usage lines of a bill went to, by destination or partner, from its evidence."""
    lines = {key[0] for key in wanted if key[1] == "usage"}
    found: dict[_Key, dict[Place, Spent]] = {}
    if not lines:
        return found
    names = await usage.destinations(work)
    for evidence in await get_evidence(work, bill.customer_id, bill.id):
        if evidence.line_id not in lines or evidence.period_start != bill.period_start:
            continue
        known = {one.id: one for one in await usage_of(work, bill, evidence)}
        for charge in evidence.charges:
            used = known.get(charge.usage)
            if used is None or charge.part_of is not None:
                continue
            scale = evidence.summary.parts[charge.part].scale
            place = _place(used, names)
            for item in {piece.item for piece in charge.piece_list() if piece.item}:
                key: _Key = (evidence.line_id, "usage", item)
                one = found.setdefault(key, {}).setdefault(place, Spent())
                amount = sum(p.amount for p in charge.piece_list() if p.item == item)
                one.amount += amount * 100 * 1000 // scale
                one.quantity += charge.quantity
                one.unit = {"voice": "s", "data": "B"}.get(used.service.value, "count")
    return found


def _place(used: Usage, names: usage.Dialling) -> Place:
    if used.partner:
        return used.partner, Text(used.partner, used.partner)
    if not used.peer:
        return _NOWHERE
    name = names.name_of(used.peer, used.at.timestamp())
    return (name.en, name) if name else _NOWHERE


def driver(before: dict[Place, Spent], after: dict[Place, Spent]) -> tuple[Place, int, str] | None:
    """Where most of a difference comes from: place, quantity more or less, unit."""
    best: tuple[int, Place, int, str] | None = None
    for place in dict.fromkeys([*before, *after]):
        old, new = before.get(place, Spent()), after.get(place, Spent())
        unit = new.unit if place in after else old.unit
        moved = abs(new.amount - old.amount)
        if moved and (best is None or moved > best[0]):
            best = (moved, place, new.quantity - old.quantity, unit)
    return None if best is None or not best[2] else best[1:]


def _words(
    line: BillLine,
    before: int,
    after: int,
    moved: tuple[Place, int, str] | None,
    language: str,
) -> str:
    text, difference = line.text[language], signed(after - before)
    if moved is None:
        kind = "plain"
        if line.kind != "usage" and before == 0:
            kind = "new"
        elif line.kind != "usage" and after == 0:
            kind = "gone"
        return CHANGES[kind][language].format(text=text, difference=difference)
    (_, name), amount, unit = moved
    kind = "more" if amount > 0 else "less"
    return CHANGES[f"{kind}_minutes" if unit == "s" else kind][language].format(
        text=text,
        difference=difference,
        quantity=quantity(abs(amount), unit)[language],
        count=minutes_of(amount),
        to=TO[language].format(place=name[language]) if name.zh else "",
    )
