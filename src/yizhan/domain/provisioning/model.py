"""A request to the network and what may be decided about it; actions, their opposites, words."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.provisioning import events as ev
from yizhan.domain.provisioning.contract import Said, Verdict
from yizhan.domain.provisioning.flow import (
    ANSWER_WITHIN,
    ATTEMPTS_MAX,
    FAILED,
    OPEN,
    State,
    pause_after,
    pause_before_look,
    require,
)
from yizhan.domain.provisioning.words import feature
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

_FEATURE = re.compile(r"feature\.([a-z][a-z0-9_]{1,39})\.(on|off)")
_OPPOSITE = {
    "line.activate": "line.deactivate",
    "line.deactivate": "line.activate",
    "line.bar": "line.unbar",
    "line.bar_outgoing": "line.unbar",
    "line.unbar": "line.bar",
    "line.renumber": "line.renumber",
    "line.change_sim": "line.change_sim",
}
ACTIONS: dict[str, Text] = {
    "line.activate": Text("开通 {number}", "Activate {number}"),
    "line.deactivate": Text("拆机 {number}", "Deactivate {number}"),
    "line.bar": Text("停机 {number}", "Bar {number}"),
    "line.bar_outgoing": Text("单向停机 {number}", "Bar outgoing calls of {number}"),
    "line.unbar": Text("复机 {number}", "Unbar {number}"),
    "line.renumber": Text("{number} 改号", "Renumber {number}"),
    "line.change_sim": Text("{number} 换卡", "Another SIM card for {number}"),
}
UNEXPLAINED = Text("网络拒绝执行", "The network refused")


class Request(msgspec.Struct, kw_only=True):
    """One thing the network is to do for a line. See ``flow`` for its states.

    ``facts`` may name ``x`` and ``old_x``: the opposite of the act swaps them. ``looks`` counts how
    often its answer was asked for since it was accepted.
    """

    customer_id: UUID
    id: UUID
    position: int
    line_id: UUID
    reference: UUID
    number: str
    action: str
    facts: dict[str, str]
    key: str
    undoes: UUID | None
    state: State
    attempts: int
    looks: int
    asked_at: datetime
    due_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    code: str
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to be answered."""
        return self.state in OPEN

    @property
    def failed(self) -> bool:
        """Whether it ended without being done."""
        return self.state in FAILED

    def heard(self, said: Said, *, now: datetime) -> list[ev.NetworkEvent]:
        """The network answered. The same answer again changes nothing."""
        if not self.is_open:
            return []
        match said.verdict:
            case Verdict.DONE:
                self._close(State.DONE, now, said.code, said.reason)
                return [ev.NetworkDone(**self._head(), undoes=self.undoes)]
            case Verdict.REFUSED:
                self._close(State.REFUSED, now, said.code or "refused", said.reason)
                return [self._refusal()]
            case Verdict.ACCEPTED:
                return self._waits(now)
            case Verdict.UNKNOWN:
                return self.unheard("the network does not know the request", now=now)

    def _waits(self, now: datetime) -> list[ev.NetworkEvent]:
        if self.state is not State.ACCEPTED or self.accepted_at is None:
            require(self.state, State.ACCEPTED)
            self.state, self.accepted_at, self.looks = State.ACCEPTED, now, 0
        elif now - self.accepted_at >= ANSWER_WITHIN:
            return self.unheard("accepted, then no answer", now=now)
        self.due_at = now + pause_before_look(self.looks)
        self.looks += 1
        return []

    def unheard(self, why: str, *, now: datetime) -> list[ev.NetworkEvent]:
        """No answer: ask again after a while, or give up."""
        if self.attempts >= ATTEMPTS_MAX:
            return self.give_up(why, now=now)
        require(self.state, State.UNANSWERED)
        self.state, self.accepted_at, self.reason = State.UNANSWERED, None, why[:500]
        self.due_at = now + pause_after(max(1, self.attempts))
        return [ev.NetworkUnanswered(**self._head(), attempts=self.attempts)]

    def give_up(self, why: str, *, now: datetime) -> list[ev.NetworkEvent]:
        """Ask no more: nobody knows whether it was done."""
        self._close(State.GIVEN_UP, now, "given_up", why)
        said = ev.NetworkGivenUp(**self._head(), attempts=self.attempts, why=self.reason)
        return [said, self._refusal()]

    def cancel(self, why: str, *, now: datetime) -> list[ev.NetworkEvent]:
        """Take it back before it was sent."""
        self._close(State.CANCELLED, now, "cancelled", why)
        return [self._refusal()]

    def retry(self, *, now: datetime) -> None:
        """Ask again at once, with all tries ahead."""
        if self.state not in (State.UNANSWERED, State.QUEUED, State.ACCEPTED, State.SENT):
            require(self.state, State.SENT)
        self.attempts, self.looks, self.due_at = 0, 0, now

    def requested(self) -> ev.NetworkRequested:
        """The event of its beginning."""
        return ev.NetworkRequested(**self._head())

    def _refusal(self) -> ev.NetworkRefused:
        return ev.NetworkRefused(
            **self._head(), code=self.code, why=self.reason, undoes=self.undoes
        )

    def _close(self, to: State, now: datetime, code: str, reason: str) -> None:
        require(self.state, to)
        self.state, self.closed_at = to, now
        self.code, self.reason = code[:80], reason[:500]

    def _head(self) -> dict[str, Any]:
        return {
            "customer_id": self.customer_id,
            "request_id": self.id,
            "reference": self.reference,
            "line_id": self.line_id,
            "number": self.number,
            "action": self.action,
            "key": self.key,
        }


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One moment in the life of a request."""

    request_id: UUID
    at: datetime
    what: str
    detail: str


def check_action(action: str) -> None:
    """Raise ``Invalid`` for what no network knows."""
    if action not in ACTIONS and not _FEATURE.fullmatch(action):
        raise Invalid(
            "“{action}” is nothing a network does; it knows: {known}, feature.NAME.on, .off.",
            field="action",
            action=action[:60],
            known=", ".join(sorted(ACTIONS)),
        )


def has_opposite(facts: Mapping[str, str]) -> bool:
    """Whether there is anything to take back: what was so before, stays."""
    return "stays" not in facts


def opposite(action: str, facts: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """What takes an action back: ``x`` and ``old_x`` of its facts change places."""
    if found := _FEATURE.fullmatch(action):
        return f"feature.{found[1]}.{'off' if found[2] == 'on' else 'on'}", dict(facts)
    swapped = {}
    for name, value in facts.items():
        other = name.removeprefix("old_") if name.startswith("old_") else f"old_{name}"
        if other in facts:
            swapped[name] = facts[other]
        else:
            swapped[name] = value
    return _OPPOSITE[action], swapped


def words_of(action: str, number: str) -> Text:
    """An action for a number, in words."""
    if found := _FEATURE.fullmatch(action):
        on, name = found[2] == "on", feature(found[1])
        return Text(
            f"{number} {'开通' if on else '关闭'}{name.zh}",
            f"Switch {name.en} {'on' if on else 'off'} for {number}",
        )
    text = ACTIONS.get(action, Text(f"{action} {number}", f"{action} {number}"))
    return Text(text.zh.format(number=number), text.en.format(number=number))
