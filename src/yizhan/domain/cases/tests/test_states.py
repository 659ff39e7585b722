"""Whatever is done to a case in whatever order, what must hold holds."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from yizhan.domain.cases.clocks import ClockName
from yizhan.domain.cases.flow import CLOSED, FROM, LEADS_TO, OPEN, Act, State, possible
from yizhan.domain.cases.model import LEVEL_MAX, REDISPATCHES_MAX
from yizhan.domain.cases.terms import CaseClass, FollowUp, Kind, Outcome, Target, Urgency
from yizhan.domain.cases.tests.book import BOOK, CHEN, LEAD, NOW, WAIT, WANG, new_case
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text

PEOPLE = st.sampled_from([CHEN, WANG, LEAD])


def test_the_table_of_acts_leaves_no_state_out() -> None:
    reached = frozenset().union(*LEADS_TO.values())
    assert reached | {State.NEW} == set(State)
    assert frozenset().union(*FROM.values()) == (OPEN | CLOSED) - {State.CANCELLED}
    assert set(FROM) == set(LEADS_TO) == set(Act)
    assert possible(State.CANCELLED) == []


class AnyLife(RuleBasedStateMachine):
    """One case, random acts, random time."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.case = new_case()
        self.owner = self.case.owner_id

    def attempt(self, act: Act, call: object) -> None:
        before = self.case.state
        try:
            call()  # type: ignore[operator]
        except CareError:
            assert self.case.state is before, "a refusal changes nothing"
        else:
            assert before in FROM[act]
            assert self.case.state in LEADS_TO[act]

    @rule(hours=st.integers(0, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.case.tick(now=self.now)

    @rule(who=PEOPLE)
    def take(self, who: object) -> None:
        self.attempt(Act.TAKE, lambda: self.case.take(who, now=self.now))  # type: ignore[arg-type]

    @rule(why=st.sampled_from(["", "属他组"]))
    def dispatch(self, why: str) -> None:
        to = Target(team="billing", label=Text("账务", "账务"))
        self.attempt(
            Act.DISPATCH, lambda: self.case.dispatch(to, reason=why, book=BOOK, now=self.now)
        )

    @rule(hours=st.none() | st.integers(-1, 130))
    def hold(self, hours: int | None) -> None:
        until = None if hours is None else self.now + timedelta(hours=hours)
        self.attempt(Act.HOLD, lambda: self.case.hold(WAIT, until=until, now=self.now))

    @rule()
    def resume(self) -> None:
        self.attempt(Act.RESUME, lambda: self.case.resume(now=self.now))

    @rule(text=st.sampled_from(["", "已核查"]), who=PEOPLE)
    def answer(self, text: str, who: object) -> None:
        self.attempt(
            Act.ANSWER,
            lambda: self.case.give_answer(
                text,
                Outcome.SOLVED,
                by=who,  # type: ignore[arg-type]
                root_cause=None,
                book=BOOK,
                now=self.now,
            ),
        )

    @rule(who=PEOPLE)
    def approve(self, who: object) -> None:
        self.attempt(
            Act.APPROVE,
            lambda: self.case.approve(by=who, book=BOOK, now=self.now),  # type: ignore[arg-type]
        )

    @rule()
    def send_back(self) -> None:
        self.attempt(Act.SEND_BACK, lambda: self.case.send_back("不清楚", now=self.now))

    @rule(result=st.sampled_from(FollowUp))
    def follow_up(self, result: FollowUp) -> None:
        self.attempt(Act.FOLLOW_UP, lambda: self.case.ask_back(result, book=BOOK, now=self.now))

    @rule()
    def close(self) -> None:
        self.attempt(Act.CLOSE, lambda: self.case.close(satisfaction=None, now=self.now))

    @rule()
    def reopen(self) -> None:
        self.attempt(Act.REOPEN, lambda: self.case.reopen("又来", book=BOOK, now=self.now))

    @rule()
    def escalate(self) -> None:
        self.attempt(Act.ESCALATE, lambda: self.case.escalate("重要客户", now=self.now))

    @rule(kind=st.sampled_from([Kind.FAULT, Kind.COMPLAINT, Kind.CONSULTATION]))
    def reclassify(self, kind: Kind) -> None:
        to = CaseClass(
            code=kind.value,
            parent=None,
            kind=kind,
            name=Text("类", "class"),
            team="front",
            urgency=Urgency.NORMAL,
            review=kind is Kind.COMPLAINT,
            follow_up=kind is not Kind.CONSULTATION,
            in_use=True,
        )
        self.attempt(Act.RECLASSIFY, lambda: self.case.reclassify(to, book=BOOK, now=self.now))

    @invariant()
    def the_owner_never_changes(self) -> None:
        assert self.case.owner_id == self.owner

    @invariant()
    def nothing_is_archived_unanswered(self) -> None:
        if self.case.state is State.ARCHIVED:
            assert self.case.answer and self.case.closed_at

    @invariant()
    def clocks_stop_only_while_we_wait_and_never_beyond_their_cap(self) -> None:
        for clock in self.case.clocks:
            if clock.paused_since is not None:
                assert self.case.state is State.HELD and clock.running
            assert 0 <= clock.paused_seconds <= clock.pause_cap_seconds
            moved = self.case.due_at(clock) - clock.started_at
            assert timedelta(0) <= moved - timedelta(seconds=clock.limit_seconds)
            assert moved <= timedelta(seconds=clock.limit_seconds + clock.pause_cap_seconds)

    @invariant()
    def one_clock_of_a_name_runs_and_none_on_a_closed_case(self) -> None:
        running = [clock.clock for clock in self.case.clocks if clock.running]
        assert len(running) == len(set(running))
        if not self.case.is_open:
            assert running == []
        assert (ClockName.TAKE in running) <= (self.case.state in (State.TO_TAKE, State.ESCALATED))
        assert (self.case.hold_until is not None) == (self.case.state is State.HELD)

    @invariant()
    def limits_hold(self) -> None:
        assert 0 <= self.case.level <= LEVEL_MAX
        assert self.case.dispatches <= REDISPATCHES_MAX + 1

    @invariant()
    def an_open_case_that_was_not_late_is_looked_at_again(self) -> None:
        late = all(c.missed_at for c in self.case.clocks if c.running)
        if self.case.is_open and not late:
            at = self.case.next_tick_at()
            assert at is not None


AnyLife.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyLife = AnyLife.TestCase
