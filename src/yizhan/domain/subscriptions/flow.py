"""The life of a line as one table: what may follow what, and whose act it is.

A line has a base state and a set of stop reasons laid over it. While any reason holds the line is
stopped; when the last is lifted it is again what it was before. So a line reported lost that also
falls into arrears does not come back by paying, and a kept number that was paid is kept again.
States and reasons: 正使用 测试期 沉默期 停机(欠费/报停/挂失/强停/超量) 停机保号 预销户 销户.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from yizhan.domain.subscriptions.permissions import COLLECT, FORCE, PLACE
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.text import Text


class State(StrEnum):
    """Where a line is in its life."""

    TESTING = "testing"  # 测试期: opened, not yet handed over
    ACTIVE = "active"  # 正使用
    SILENT = "silent"  # 沉默期: no use or no credit for long; may receive, revives on use
    STOPPED = "stopped"  # 停机
    KEPT = "kept"  # 停机保号: out of use at the owner's wish, the number is kept for a fee
    CLOSING = "closing"  # 预销户: closed to use, still to be settled
    CLOSED = "closed"  # 销户


class StopReason(StrEnum):
    """Why a line is stopped. Several may hold at once."""

    ARREARS = "arrears"  # 欠费
    REQUESTED = "requested"  # 报停
    LOST = "lost"  # 挂失
    FORCED = "forced"  # 强停
    OVERUSE = "overuse"  # 超量


WORDS_OF_STATE = {
    State.TESTING: Text("测试期", "being tested"),
    State.ACTIVE: Text("正使用", "in use"),
    State.SILENT: Text("沉默期", "silent"),
    State.STOPPED: Text("停机", "stopped"),
    State.KEPT: Text("停机保号", "kept"),
    State.CLOSING: Text("预销户", "closing"),
    State.CLOSED: Text("销户", "closed"),
}
WORDS_OF_REASON = {
    StopReason.ARREARS: Text("欠费", "arrears"),
    StopReason.REQUESTED: Text("报停", "asked for"),
    StopReason.LOST: Text("挂失", "reported lost"),
    StopReason.FORCED: Text("强停", "forced"),
    StopReason.OVERUSE: Text("超量", "over the limit"),
}


def _spoken(reasons: Iterable[StopReason]) -> Text:
    words = [WORDS_OF_REASON[one] for one in sorted(reasons)]
    return Text("、".join(one.zh for one in words), ", ".join(one.en for one in words))


PERMISSION_OF_REASON: dict[StopReason, str] = {
    StopReason.ARREARS: COLLECT,
    StopReason.REQUESTED: PLACE,
    StopReason.LOST: PLACE,
    StopReason.FORCED: FORCE,
    StopReason.OVERUSE: COLLECT,
}

MOVES: dict[tuple[State, State], str] = {
    (State.TESTING, State.ACTIVE): PLACE,
    (State.TESTING, State.CLOSED): PLACE,
    (State.ACTIVE, State.SILENT): COLLECT,
    (State.SILENT, State.ACTIVE): PLACE,
    (State.ACTIVE, State.KEPT): PLACE,
    (State.KEPT, State.ACTIVE): PLACE,
    (State.ACTIVE, State.CLOSING): PLACE,
    (State.SILENT, State.CLOSING): PLACE,
    (State.KEPT, State.CLOSING): PLACE,
    (State.CLOSING, State.ACTIVE): PLACE,
    (State.CLOSING, State.CLOSED): PLACE,
}
"""From base state to base state, and the right it needs."""

NO_STOP_ON = frozenset({State.CLOSED})
STOPPED_MAY = {
    State.KEPT: frozenset({StopReason.REQUESTED}),
    State.CLOSING: frozenset({StopReason.REQUESTED, StopReason.LOST, StopReason.OVERUSE}),
}
"""A stopped line may take these moves while no other reason holds: arrears block the rest."""


class LineRefused(Refused):
    """A line cannot go where it was asked to."""

    code = "line_state_refused"


class Life(msgspec.Struct, frozen=True):
    """What a line is, and what is laid over it."""

    base: State
    reasons: frozenset[StopReason] = frozenset()

    @property
    def state(self) -> State:
        """What everybody sees."""
        return State.STOPPED if self.reasons else self.base


def permission_for(life: Life, to: State, reason: StopReason | None) -> str:
    """The right this move needs."""
    if to is State.STOPPED or (to is State.ACTIVE and life.reasons):
        return PERMISSION_OF_REASON[_reason(life, to, reason)]
    if reason in (StopReason.ARREARS, StopReason.OVERUSE):
        return COLLECT
    if reason is StopReason.FORCED:
        return FORCE
    return MOVES.get((life.base, to), PLACE)


def move(life: Life, to: State, reason: StopReason | None = None) -> Life:
    """The life after going to *to*, or a refusal that says why.

    To `State.STOPPED` a reason is laid over; to `State.ACTIVE` while stopped, *reason* is lifted
    (it may be left out when there is only one) and the line is what it was before, which is not
    active if other reasons hold or if it was kept. Arrears or force may end a line of any state
    but `State.TESTING` through `State.CLOSING`.
    """
    if life.base is State.CLOSED:
        raise LineRefused("This line is closed; a closed line does not come back. Open a new one.")
    if to is State.STOPPED:
        chosen = _reason(life, to, reason)
        if chosen in life.reasons:
            raise LineRefused("The line is already stopped for this reason.", reason=chosen.value)
        return Life(life.base, life.reasons | {chosen})
    if to is State.ACTIVE and life.reasons:
        chosen = _reason(life, to, reason)
        if chosen not in life.reasons:
            raise LineRefused(
                "The line is not stopped for “{reason}”; it is stopped for: {held}.",
                reason=WORDS_OF_REASON[chosen],
                held=_spoken(life.reasons),
            )
        return Life(life.base, life.reasons - {chosen})
    if (life.base, to) not in MOVES:
        raise LineRefused(
            "A line that is {state} cannot become {to}.",
            state=WORDS_OF_STATE[life.state],
            to=WORDS_OF_STATE[to],
        )
    _check_reasons(life, to, reason)
    kept = life.reasons - {StopReason.REQUESTED} if to is State.KEPT else life.reasons
    return Life(to, frozenset() if to is State.CLOSED else kept)


def _check_reasons(life: Life, to: State, reason: StopReason | None) -> None:
    if not life.reasons or to is State.CLOSED:
        return
    if to is State.CLOSING and reason in (StopReason.ARREARS, StopReason.FORCED):
        if reason in life.reasons:
            return
        raise LineRefused(
            "The line is not stopped for “{reason}”; it is stopped for: {held}.",
            reason=WORDS_OF_REASON[reason],
            held=_spoken(life.reasons),
        )
    blocking = life.reasons - STOPPED_MAY.get(to, frozenset())
    if blocking:
        raise LineRefused(
            "The line is stopped ({held}); settle that first, then try again.",
            held=_spoken(blocking),
        )


def _reason(life: Life, to: State, reason: StopReason | None) -> StopReason:
    if reason is not None:
        return reason
    if to is State.ACTIVE and len(life.reasons) == 1:
        return next(iter(life.reasons))
    if to is State.ACTIVE:
        raise Invalid(
            "The line is stopped for several reasons ({held}); say which one to lift.",
            field="reason",
            held=_spoken(life.reasons),
        )
    raise Invalid(
        "Say why the line is stopped: {known}.", field="reason", known=", ".join(StopReason)
    )
