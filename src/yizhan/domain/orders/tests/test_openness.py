"""No order leaves a line more open in the network than what the house holds against it allows."""

from collections.abc import Iterator
from itertools import product

import msgspec
import pytest

from yizhan.domain import subscriptions
from yizhan.domain.orders import line_acts
from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangeSim,
    ReportLoss,
    Resume,
    Suspend,
    Unbar,
)
from yizhan.domain.orders.network import Task, tasks_of
from yizhan.domain.orders.tests import shop
from yizhan.domain.subscriptions import Life, Line, State, StopReason

OPEN, ONE_WAY, CLOSED = range(3)
LEVEL = {"line.unbar": OPEN, "line.bar_outgoing": ONE_WAY, "line.bar": CLOSED}
CHANGES: tuple[Change, ...] = (
    Suspend(),
    ReportLoss(),
    Resume(),
    Resume(lost=True),
    ChangeSim(),
    *(Bar(reason=why, one_way=one_way) for why in ("arrears", "overuse") for one_way in (1, 0)),  # type: ignore[arg-type]
    *(Unbar(reason=why) for why in ("arrears", "overuse")),  # type: ignore[arg-type]
)
OUT_OF_USE = (State.KEPT, State.CLOSING)


class Wire(msgspec.Struct):
    """A line as the house has it, how strict each reason was meant, and how open it really is."""

    line: Line
    meant: dict[StopReason, int]
    level: int

    def take(self, change: Change) -> bool:
        """Order *change* if it is allowed; the network and then the house follow."""
        if not shop.seen(change, shop.situation(line=self.line)).allowed:
            return False
        for task in tasks_of(change, self.line, card="new"):
            self.level = LEVEL.get(task.action, self.level)
        self._follow(change)
        return True

    def _follow(self, change: Change) -> None:
        life = self.line.life
        match change:
            case Bar(reason=why, one_way=one_way):
                reason = StopReason(why)
                wanted = ONE_WAY if one_way else CLOSED
                self.meant[reason] = max(self.meant.get(reason, OPEN), wanted)
                if reason not in life.reasons:
                    life = subscriptions.move(life, State.STOPPED, reason)
            case Unbar(reason=why):
                if StopReason(why) in life.reasons:
                    life = subscriptions.move(life, State.ACTIVE, StopReason(why))
            case ChangeSim():
                if StopReason.LOST in life.reasons:
                    life = subscriptions.move(life, State.ACTIVE, StopReason.LOST)
            case Suspend() | ReportLoss() | Resume():
                to, reason = line_acts.target_of(change)
                life = subscriptions.move(life, to, reason)
                if to is State.STOPPED:
                    self.meant[reason] = CLOSED
            case _:
                raise AssertionError(change)
        self.line = in_life(life)
        self.meant = {one: how for one, how in self.meant.items() if one in life.reasons}

    def strictest(self) -> int:
        """What the network may not be more open than."""
        if self.line.base_state in OUT_OF_USE:
            return CLOSED
        return max(self.meant.values(), default=OPEN)


def in_life(life: Life) -> Line:
    return msgspec.structs.replace(shop.line(*life.reasons), base_state=life.base, state=life.state)


def begun() -> Iterator[Wire]:
    """Every place in life a line in service may be in, stopped by force or not."""
    for base, forced in product((State.ACTIVE, State.SILENT, State.KEPT, State.CLOSING), (0, 1)):
        life = Life(base, frozenset({StopReason.FORCED} if forced else ()))
        meant = dict.fromkeys(life.reasons, CLOSED)
        yield Wire(in_life(life), meant, CLOSED if forced or base in OUT_OF_USE else OPEN)


@pytest.mark.parametrize(
    "wire", list(begun()), ids=lambda one: f"{one.line.base_state}-{one.level}"
)
def test_whatever_is_ordered_after_whatever_the_line_is_never_too_open(wire: Wire) -> None:
    taken = 0
    for steps in product(CHANGES, repeat=3):
        at = Wire(wire.line, dict(wire.meant), wire.level)
        for change in steps:
            if not at.take(change):
                break
            taken += 1
            assert at.level >= at.strictest(), steps
            if not at.meant and at.line.base_state not in OUT_OF_USE:
                assert at.level == OPEN, ("what nothing holds is open", steps)
    assert taken


@pytest.mark.parametrize("reason", StopReason)
def test_a_one_way_stop_does_not_loosen_a_full_one(reason: StopReason) -> None:
    assert tasks_of(Bar(one_way=True), shop.line(reason)) == ()
    assert tasks_of(Bar(one_way=True), shop.line()) == (Task("line.bar_outgoing"),)


@pytest.mark.parametrize("under_way", ["suspend", "loss", "bar"])
@pytest.mark.parametrize(
    ("change", "held"),
    [
        (Bar(reason="overuse", one_way=True), ()),
        (Unbar(), (StopReason.ARREARS,)),
        (Resume(), (StopReason.REQUESTED,)),
        (ChangeSim(), (StopReason.LOST,)),
    ],
)
def test_what_opens_waits_for_a_stop_that_is_under_way(
    under_way: str, change: Change, held: tuple[StopReason, ...]
) -> None:
    at = shop.situation(line=shop.line(*held))
    assert shop.codes(shop.seen(change, at)) == []
    waiting = frozenset({under_way})
    busy = msgspec.structs.replace(at, waiting=waiting)
    assert not shop.seen(change, busy).allowed
    for strict in (Suspend(), ReportLoss(), Bar()):
        if strict.kind not in waiting:
            seen = shop.seen(strict, shop.situation(line=shop.line(), waiting=waiting))
            assert seen.allowed, "a full stop never waits for another"


@pytest.mark.parametrize("under_way", ["resume", "unbar", "change_sim"])
def test_a_one_way_stop_waits_for_what_opens(under_way: str) -> None:
    waiting = frozenset({under_way})
    at = shop.situation(line=shop.line(StopReason.LOST), waiting=waiting)
    assert shop.codes(shop.seen(Bar(one_way=True), at)) == ["stop_under_way"]
