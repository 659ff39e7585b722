"""A case and what may be decided about it. Nothing here reads a clock or a table."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.cases import events as ev
from yizhan.domain.cases.clocks import Clock, ClockName, RuleBook, start
from yizhan.domain.cases.flow import CLOSED, Act, State, require
from yizhan.domain.cases.terms import (
    LEADS,
    MANAGERS,
    CaseClass,
    FollowUp,
    HoldReason,
    Kind,
    Outcome,
    OwnAnswer,
    Person,
    Target,
    TooLateToReopen,
    TooManyDispatches,
    Urgency,
    to_person,
)
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.text import Text

REDISPATCHES_MAX = 2
FOLLOW_UP_TRIES_MAX = 3
LEVEL_MAX = 3
REPEAT_WINDOW = timedelta(days=30)
REOPEN_WINDOW = timedelta(days=90)
SUBJECT_MAX = 200
TEXT_MAX = 4000


class Case(msgspec.Struct, kw_only=True):
    """One matter of one customer. ``owner`` is the first who was asked and stays responsible."""

    customer_id: UUID
    id: UUID
    number: str
    kind: Kind
    class_code: str
    subject: str
    description: str
    urgency: Urgency
    channel: str
    source: str
    opened_at: datetime
    opened_key: str | None = None
    level: int = 0
    state: State = State.NEW
    owner_id: UUID | None = None
    owner_name: str = ""
    assigned_role: str | None = None
    assigned_team: str | None = None
    assigned_id: UUID | None = None
    assigned_name: str = ""
    assigned_name_en: str = ""
    dispatches: int = 0
    returns: int = 0
    urges: int = 0
    reopens: int = 0
    repeat_of: UUID | None = None
    repeats: int = 0
    review: bool = False
    follow_up: bool = False
    follow_up_tries: int = 0
    hold_reason: str | None = None
    hold_until: datetime | None = None
    answer: str | None = None
    outcome: Outcome | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    satisfaction: FollowUp | None = None
    root_cause: str | None = None
    closed_at: datetime | None = None
    version: int = 0
    clocks: list[Clock] = msgspec.field(default_factory=list)

    # -- what can be read off it ------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether it still owes the customer something."""
        return self.state not in CLOSED

    @property
    def assigned(self) -> Text:
        """In whose hand it is, in words."""
        return Text(self.assigned_name, self.assigned_name_en)

    def clock(self, name: ClockName) -> Clock | None:
        """The running clock of that name, or None."""
        return next((c for c in self.clocks if c.clock == name and c.running), None)

    def due_at(self, clock: Clock) -> datetime:
        """The deadline of *clock*; while the case waits, as if it waited to the end."""
        return clock.due_at(self.hold_until or clock.started_at)

    @property
    def next_due_at(self) -> datetime | None:
        """The nearest deadline still running."""
        return min((self.due_at(c) for c in self.clocks if c.running), default=None)

    def next_tick_at(self) -> datetime | None:
        """When the clock has to look at this case again, or None."""
        moments = [self.hold_until] if self.hold_until else []
        for clock in self.clocks:
            if clock.running and clock.missed_at is None:
                due = self.due_at(clock)
                warn = due - timedelta(seconds=clock.warn_seconds)
                moments.append(due if clock.warned_at else warn)
        return min(moments, default=None)

    # -- acts -------------------------------------------------------------------------------

    def receive(self, person: Person, *, book: RuleBook, now: datetime) -> None:
        """Start the clocks of a new case. Who was asked first keeps it until it is sent on."""
        if person.id is not None:
            self._assign(to_person(person))
        for name in (ClockName.FIRST_CONTACT, ClockName.RESOLUTION):
            self._start(name, book, now)

    def take(self, person: Person, *, now: datetime) -> ev.CaseTaken:
        """Take it in hand. Whoever takes an unowned case first becomes its owner."""
        require(Act.TAKE, self.state)
        self._assign(to_person(person))
        if self.owner_id is None:
            self.owner_id, self.owner_name = person.id, person.name
        self._end(ClockName.TAKE, now)
        self.state = State.IN_PROGRESS
        return ev.CaseTaken(**self._head(), taken_by=person.name)

    def dispatch(
        self, to: Target, *, reason: str, book: RuleBook, now: datetime
    ) -> ev.CaseDispatched:
        """Send it on. The first time is free; after that twice, with a reason each time."""
        require(Act.DISPATCH, self.state)
        again = self.dispatches
        if again > REDISPATCHES_MAX:
            raise TooManyDispatches(
                "This case was already passed on {times} times. Take it, or escalate it.",
                times=REDISPATCHES_MAX,
            )
        if again and not reason.strip():
            raise Invalid("Say why the case is passed on.", field="reason")
        self._assign(to)
        self.dispatches += 1
        self._drop(ClockName.TAKE, now)
        self._start(ClockName.TAKE, book, now)
        self.state = State.TO_TAKE
        return ev.CaseDispatched(**self._head(), to=to.label, again=again, reason=reason.strip())

    def hold(self, reason: HoldReason, *, until: datetime | None, now: datetime) -> ev.CaseHeld:
        """Wait for somebody else, no longer than the reason allows."""
        require(Act.HOLD, self.state)
        cap = now + timedelta(seconds=reason.cap_seconds)
        if until is not None and until <= now:
            raise Invalid("A wait ends in the future.", field="until")
        if until is not None and until > cap:
            raise Invalid(
                "“{reason}” allows {days} days at most.",
                field="until",
                reason=reason.name,
                days=reason.cap_seconds // 86400,
            )
        self.hold_reason, self.hold_until = reason.code, until or cap
        for clock in self.clocks:
            clock.stop(now)
        self.state = State.HELD
        return ev.CaseHeld(
            **self._head(), reason=reason.code, reason_name=reason.name, until=self.hold_until
        )

    def resume(self, *, now: datetime, by_clock: bool = False) -> ev.CaseResumed:
        """Go on with it."""
        require(Act.RESUME, self.state)
        self._end_hold(now)
        self.state = State.IN_PROGRESS
        return ev.CaseResumed(**self._head(), by_clock=by_clock)

    def give_answer(
        self,
        text: str,
        outcome: Outcome,
        *,
        by: Person,
        root_cause: str | None,
        book: RuleBook,
        now: datetime,
    ) -> list[ev.CaseEvent]:
        """Answer it. It is final at once unless its class asks for a second pair of eyes."""
        require(Act.ANSWER, self.state)
        if not text.strip():
            raise Invalid("An answer says something.", field="answer")
        if self.owner_id is None:
            self.owner_id, self.owner_name = by.id, by.name
        self._end(ClockName.TAKE, now)
        self.answer, self.outcome, self.answered_by = text.strip(), outcome, by.id
        self.root_cause = root_cause or self.root_cause
        answered = ev.CaseAnswered(**self._head(), outcome=outcome.value, final=not self.review)
        if self.review:
            self.state = State.IN_REVIEW
            return [answered]
        return [answered, *self._told(book, now)]

    def approve(self, *, by: Person, book: RuleBook, now: datetime) -> list[ev.CaseEvent]:
        """Let the answer stand. Not by whoever wrote it."""
        require(Act.APPROVE, self.state)
        if by.id is not None and by.id == self.answered_by:
            raise OwnAnswer("Somebody else than its author has to approve an answer.")
        return [ev.CaseApproved(**self._head()), *self._told(book, now)]

    def send_back(self, reason: str, *, now: datetime) -> ev.CaseSentBack:
        """Return it to its owner: the answer will not do, or the team was the wrong one."""
        require(Act.SEND_BACK, self.state)
        if not reason.strip():
            raise Invalid("Say what is missing, or where it belongs.", field="reason")
        self._drop(ClockName.TAKE, now)
        if self.owner_id is not None:
            self._assign(to_person(Person(self.owner_id, self.owner_name)))
        self.returns += 1
        self.state = State.SENT_BACK
        return ev.CaseSentBack(**self._head(), reason=reason.strip())

    def ask_back(self, result: FollowUp, *, book: RuleBook, now: datetime) -> list[ev.CaseEvent]:
        """Keep what the customer said. Three tries in vain close it; a no takes it a level up."""
        require(Act.FOLLOW_UP, self.state)
        self.follow_up_tries += 1
        asked = ev.CaseFollowedUp(**self._head(), result=result.value, attempt=self.follow_up_tries)
        if result is FollowUp.UNREACHABLE and self.follow_up_tries < FOLLOW_UP_TRIES_MAX:
            return [asked]
        self.satisfaction = result
        if result is FollowUp.DISSATISFIED:
            self._end(ClockName.FOLLOW_UP, now)
            self._start(ClockName.RESOLUTION, book, now)
            return [asked, self._up("dissatisfied")]
        return [asked, self._archive(now)]

    def close(self, *, satisfaction: FollowUp | None, now: datetime) -> ev.CaseClosed:
        """Archive it without a separate follow-up: the customer agreed in this very contact."""
        require(Act.CLOSE, self.state)
        self.satisfaction = satisfaction
        return self._archive(now)

    def reopen(self, reason: str, *, book: RuleBook, now: datetime) -> ev.CaseReopened:
        """Take an archived case up again, a level higher, under fresh clocks."""
        require(Act.REOPEN, self.state)
        if not reason.strip():
            raise Invalid("Say why the case is opened again.", field="reason")
        if self.closed_at is not None and now > self.closed_at + REOPEN_WINDOW:
            raise TooLateToReopen(
                "It was closed more than {days} days ago. Open a new case and link this one.",
                days=REOPEN_WINDOW.days,
            )
        self.reopens += 1
        self.level = min(self.level + 1, LEVEL_MAX)
        self.closed_at = self.answered_at = self.satisfaction = None
        self.follow_up_tries = 0
        if self.owner_id is not None:
            self._assign(to_person(Person(self.owner_id, self.owner_name)))
            self.state = State.IN_PROGRESS
        else:
            self._assign(LEADS)
            self.state = State.ESCALATED
        for name in (ClockName.FIRST_CONTACT, ClockName.RESOLUTION):
            self._start(name, book, now)
        return ev.CaseReopened(**self._head(), reason=reason.strip(), due_at=self.next_due_at)

    def escalate(self, reason: str, *, now: datetime) -> ev.CaseEscalated:
        """Take it a level up by hand."""
        require(Act.ESCALATE, self.state)
        if not reason.strip():
            raise Invalid("Say why the case goes up.", field="reason")
        self._end_hold(now)
        return self._up(reason.strip())

    def cancel(self, reason: str, *, now: datetime) -> ev.CaseCancelled:
        """Withdraw it."""
        require(Act.CANCEL, self.state)
        if not reason.strip():
            raise Invalid("Say why the case is withdrawn.", field="reason")
        self._end_hold(now)
        for clock in self.clocks:
            clock.drop(now)
        self.state, self.closed_at = State.CANCELLED, now
        return ev.CaseCancelled(**self._head(), reason=reason.strip())

    def reclassify(self, to: CaseClass, *, book: RuleBook, now: datetime) -> ev.CaseReclassified:
        """Say what it really is. The clocks of the new class run from the day it was received."""
        require(Act.RECLASSIFY, self.state)
        self.kind, self.class_code = to.kind, to.code
        self.review, self.follow_up = to.review, to.follow_up
        for name in (ClockName.FIRST_CONTACT, ClockName.RESOLUTION):
            running = self.clock(name)
            since = running.started_at if running else self.opened_at
            spent = running.paused_by(now) if running else 0
            if running is None and any(c.clock == name for c in self.clocks):
                continue
            self._drop(name, now)
            fresh = self._start(name, book, since)
            if fresh is not None:
                fresh.paused_seconds = min(spent, fresh.pause_cap_seconds)
                if self.state is State.HELD:
                    fresh.stop(now)
        return ev.CaseReclassified(
            **self._head(), class_code=to.code, class_name=to.name, due_at=self.next_due_at
        )

    def urge(self) -> ev.CaseUrged:
        """The customer asks again. Twice makes it urgent."""
        if not self.is_open:
            raise Refused("The case is closed. Reopen it instead.")
        self.urges += 1
        if self.urges >= 2 and self.urgency is Urgency.NORMAL:
            self.urgency = Urgency.URGENT
        return ev.CaseUrged(**self._head(), times=self.urges)

    def contacted(self, *, now: datetime) -> None:
        """The customer heard from us about it."""
        self._end(ClockName.FIRST_CONTACT, now)

    def tick(self, *, now: datetime) -> list[ev.CaseEvent]:
        """What the clock makes happen by *now*: waits that end, warnings, missed deadlines."""
        happened: list[ev.CaseEvent] = []
        if self.state is State.HELD and self.hold_until is not None and now >= self.hold_until:
            happened.append(self.resume(now=self.hold_until, by_clock=True))
        for clock in self.clocks:
            if not clock.running or clock.missed_at is not None:
                continue
            due = self.due_at(clock)
            told = self._head()
            told |= {"clock": clock.clock.value, "rule": clock.rule_code, "due_at": due}
            if now >= due:
                clock.missed_at = now
                happened.append(ev.CaseOverdue(**told))
                if self.state not in (State.IN_REVIEW, State.TO_FOLLOW_UP):
                    self._end_hold(now)
                    happened.append(self._up(f"overdue:{clock.rule_code}"))
            elif clock.warned_at is None and now >= due - timedelta(seconds=clock.warn_seconds):
                clock.warned_at = now
                happened.append(ev.CaseDueSoon(**told))
        return happened

    # -- the small moves --------------------------------------------------------------------

    def _head(self) -> dict[str, Any]:
        return {"customer_id": self.customer_id, "case_id": self.id, "number": self.number}

    def _assign(self, to: Target) -> None:
        self.assigned_role, self.assigned_team = to.role, to.team
        self.assigned_id = to.person.id if to.person else None
        self.assigned_name, self.assigned_name_en = to.label.zh, to.label.en

    def _start(self, name: ClockName, book: RuleBook, at: datetime) -> Clock | None:
        rule = book.pick(name, kind=self.kind.value, class_code=self.class_code)
        if rule is None:
            return None
        round_ = 1 + max((c.round for c in self.clocks if c.clock == name), default=0)
        clock = start(rule, now=at, round_=round_)
        self.clocks.append(clock)
        return clock

    def _end(self, name: ClockName, now: datetime) -> None:
        clock = self.clock(name)
        if clock is not None:
            clock.end(now)

    def _drop(self, name: ClockName, now: datetime) -> None:
        clock = self.clock(name)
        if clock is not None:
            clock.drop(now)

    def _end_hold(self, now: datetime) -> None:
        self.hold_reason = self.hold_until = None
        for clock in self.clocks:
            if clock.running:
                clock.go_on(now)

    def _told(self, book: RuleBook, now: datetime) -> Iterable[ev.CaseEvent]:
        """The answer has reached the customer: that is what the clocks waited for."""
        self.answered_at = now
        self._end(ClockName.FIRST_CONTACT, now)
        self._end(ClockName.RESOLUTION, now)
        if not self.follow_up:
            return [self._archive(now)]
        self.state = State.TO_FOLLOW_UP
        self._start(ClockName.FOLLOW_UP, book, now)
        return []

    def _archive(self, now: datetime) -> ev.CaseClosed:
        assert self.answer and self.outcome is not None, "a case is archived with an answer"
        for clock in self.clocks:
            clock.end(now)
        self.state, self.closed_at = State.ARCHIVED, now
        return ev.CaseClosed(
            **self._head(),
            outcome=self.outcome.value,
            satisfaction=self.satisfaction.value if self.satisfaction else None,
        )

    def _up(self, reason: str) -> ev.CaseEscalated:
        self.level = min(self.level + 1, LEVEL_MAX)
        self._assign(LEADS if self.level == 1 else MANAGERS)
        self.state = State.ESCALATED
        return ev.CaseEscalated(**self._head(), level=self.level, reason=reason)
