"""Which act is possible in which state of a case, as one table anybody can read."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from yizhan.domain.cases.words import VALUES
from yizhan.kernel.errors import Refused
from yizhan.kernel.text import Text


class State(StrEnum):
    """Where a case stands. 新建 待派 处理中 挂起 待审核 待回访 归档 退回 升级 撤销."""

    NEW = "new"
    TO_TAKE = "to_take"
    IN_PROGRESS = "in_progress"
    HELD = "held"
    IN_REVIEW = "in_review"
    TO_FOLLOW_UP = "to_follow_up"
    ARCHIVED = "archived"
    SENT_BACK = "sent_back"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What can be done with a case that moves it."""

    TAKE = "take"
    DISPATCH = "dispatch"
    HOLD = "hold"
    RESUME = "resume"
    ANSWER = "answer"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    RECLASSIFY = "reclassify"
    CANCEL = "cancel"


_NEW, _TAKE, _WORK, _HELD = State.NEW, State.TO_TAKE, State.IN_PROGRESS, State.HELD
_REVIEW, _ASK, _BACK, _UP = (
    State.IN_REVIEW,
    State.TO_FOLLOW_UP,
    State.SENT_BACK,
    State.ESCALATED,
)
OPEN = frozenset({_NEW, _TAKE, _WORK, _HELD, _REVIEW, _ASK, _BACK, _UP})
"""A case in one of these still owes the customer something."""
CLOSED = frozenset({State.ARCHIVED, State.CANCELLED})

FROM: Mapping[Act, frozenset[State]] = {
    Act.TAKE: frozenset({_NEW, _TAKE, _BACK, _UP}),
    Act.DISPATCH: frozenset({_NEW, _TAKE, _WORK, _BACK, _UP}),
    Act.HOLD: frozenset({_WORK}),
    Act.RESUME: frozenset({_HELD}),
    Act.ANSWER: frozenset({_NEW, _WORK}),
    Act.APPROVE: frozenset({_REVIEW}),
    Act.SEND_BACK: frozenset({_REVIEW, _TAKE, _WORK}),
    Act.FOLLOW_UP: frozenset({_ASK}),
    Act.CLOSE: frozenset({_ASK}),
    Act.REOPEN: frozenset({State.ARCHIVED}),
    Act.ESCALATE: frozenset({_NEW, _TAKE, _WORK, _HELD, _BACK, _UP}),
    Act.RECLASSIFY: frozenset({_NEW, _TAKE, _WORK, _HELD, _BACK, _UP}),
    Act.CANCEL: frozenset({_NEW, _TAKE, _WORK, _HELD, _BACK, _UP}),
}
"""The states an act may begin in. Where it leads is decided by the case."""

LEADS_TO: Mapping[Act, frozenset[State]] = {
    Act.TAKE: frozenset({_WORK}),
    Act.DISPATCH: frozenset({_TAKE}),
    Act.HOLD: frozenset({_HELD}),
    Act.RESUME: frozenset({_WORK}),
    Act.ANSWER: frozenset({_REVIEW, _ASK, State.ARCHIVED}),
    Act.APPROVE: frozenset({_ASK, State.ARCHIVED}),
    Act.SEND_BACK: frozenset({_BACK}),
    Act.FOLLOW_UP: frozenset({_ASK, State.ARCHIVED, _UP}),
    Act.CLOSE: frozenset({State.ARCHIVED}),
    Act.REOPEN: frozenset({_WORK, _UP}),
    Act.ESCALATE: frozenset({_UP}),
    Act.RECLASSIFY: frozenset({_NEW, _TAKE, _WORK, _HELD, _BACK, _UP}),
    Act.CANCEL: frozenset({State.CANCELLED}),
}
"""Every state an act may end in; the drawing in the README, tested against the case."""


class NotNow(Refused):
    """This act is not possible in the state the case is in."""

    code = "case_not_now"


def possible(state: State) -> list[Act]:
    """The acts that may begin in *state*, in the order they are declared."""
    return [act for act in Act if state in FROM[act]]


def _said(acts: Sequence[Act]) -> Text:
    words = [VALUES["act"][act] for act in acts]
    zh, en = "、".join(word.zh for word in words), ", ".join(word.en for word in words)
    return Text(zh or "–", en or "–")


def require(act: Act, state: State) -> None:
    """Refuse *act* unless it may begin in *state*, naming what can be done instead."""
    if state not in FROM[act]:
        raise NotNow(
            "A case that is “{state}” cannot do “{act}”. Possible now: {possible}.",
            state=VALUES["state"][state],
            act=VALUES["act"][act],
            possible=_said(possible(state)),
        )
