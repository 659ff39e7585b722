"""What may be decided about a case, by calling it."""

import pytest

from yizhan.domain.cases import events as ev
from yizhan.domain.cases.clocks import ClockName
from yizhan.domain.cases.flow import NotNow, State
from yizhan.domain.cases.model import REOPEN_WINDOW, Case
from yizhan.domain.cases.terms import (
    FollowUp,
    Kind,
    Outcome,
    OwnAnswer,
    Person,
    Target,
    TooLateToReopen,
    TooManyDispatches,
    Urgency,
)
from yizhan.domain.cases.tests.book import (
    BILLING,
    BOOK,
    CHEN,
    DAY,
    HOUR,
    LEAD,
    NOW,
    WAIT,
    WANG,
    new_case,
)
from yizhan.kernel.errors import Invalid, Refused
from yizhan.kernel.text import Text


def answered(case: Case, *, by: Person = CHEN) -> Case:
    if case.state is not State.IN_PROGRESS:
        case.take(by, now=NOW)
    case.give_answer("已核查", Outcome.EXPLAINED, by=by, root_cause=None, book=BOOK, now=NOW + HOUR)
    return case


def test_the_first_asked_stays_owner_when_it_is_sent_on() -> None:
    case = new_case(by=CHEN)
    case.dispatch(BILLING, reason="", book=BOOK, now=NOW)
    case.take(WANG, now=NOW + HOUR)
    assert (case.owner_name, case.assigned_name) == ("陈光", "王番")


def test_who_first_takes_a_case_nobody_was_asked_about_becomes_its_owner() -> None:
    case = new_case(by=Person(None, "website"), owner_id=None, owner_name="")
    case.dispatch(BILLING, reason="", book=BOOK, now=NOW)
    case.take(WANG, now=NOW + HOUR)
    assert case.owner_id == WANG.id


def test_may_be_passed_on_twice_and_not_a_third_time() -> None:
    case = new_case()
    case.dispatch(BILLING, reason="", book=BOOK, now=NOW)
    case.dispatch(
        Target(team="network", label=Text("网络", "网络")), reason="属网络", book=BOOK, now=NOW
    )
    case.dispatch(BILLING, reason="属账务", book=BOOK, now=NOW)
    with pytest.raises(TooManyDispatches):
        case.dispatch(BILLING, reason="再来", book=BOOK, now=NOW)


def test_passing_on_needs_a_reason_the_first_dispatch_does_not() -> None:
    case = new_case()
    case.dispatch(BILLING, reason="", book=BOOK, now=NOW)
    with pytest.raises(Invalid) as refused:
        case.dispatch(BILLING, reason="  ", book=BOOK, now=NOW)
    assert refused.value.field == "reason"


def test_a_complaint_is_reviewed_then_followed_up_then_archived() -> None:
    case = answered(new_case())
    assert case.state is State.IN_REVIEW
    assert case.clock(ClockName.RESOLUTION) is not None, "not yet told to the customer"
    case.approve(by=LEAD, book=BOOK, now=NOW + 2 * HOUR)
    assert case.state is State.TO_FOLLOW_UP
    resolution = next(c for c in case.clocks if c.clock is ClockName.RESOLUTION)
    assert resolution.met is True
    asked, closed = case.ask_back(FollowUp.SATISFIED, book=BOOK, now=NOW + DAY)
    assert isinstance(asked, ev.CaseFollowedUp) and isinstance(closed, ev.CaseClosed)
    assert case.state is State.ARCHIVED
    assert not any(clock.running for clock in case.clocks)


def test_a_consultation_answered_at_once_is_done() -> None:
    case = new_case(Kind.CONSULTATION)
    happened = case.give_answer(
        "17911 0 451", Outcome.EXPLAINED, by=CHEN, root_cause=None, book=BOOK, now=NOW
    )
    assert [type(e) for e in happened] == [ev.CaseAnswered, ev.CaseClosed]


def test_the_author_of_an_answer_may_not_approve_it() -> None:
    case = answered(new_case(), by=WANG)
    with pytest.raises(OwnAnswer):
        case.approve(by=WANG, book=BOOK, now=NOW)


def test_an_answer_sent_back_goes_to_the_owner_and_the_deadline_keeps_running() -> None:
    case = answered(new_case(by=CHEN), by=WANG)
    due = case.clock(ClockName.RESOLUTION)
    case.send_back("未说明计费依据", now=NOW + 2 * HOUR)
    assert (case.state, case.assigned_id) == (State.SENT_BACK, CHEN.id)
    assert case.clock(ClockName.RESOLUTION) is due


def test_an_unhappy_customer_takes_it_a_level_up_under_a_new_deadline() -> None:
    case = answered(new_case())
    case.approve(by=LEAD, book=BOOK, now=NOW + DAY)
    case.ask_back(FollowUp.DISSATISFIED, book=BOOK, now=NOW + 2 * DAY)
    assert (case.state, case.level) == (State.ESCALATED, 1)
    assert case.next_due_at == NOW + 17 * DAY


def test_three_tries_in_vain_archive_it() -> None:
    case = answered(new_case())
    case.approve(by=LEAD, book=BOOK, now=NOW + DAY)
    for _ in range(2):
        case.ask_back(FollowUp.UNREACHABLE, book=BOOK, now=NOW + DAY)
        assert case.state is State.TO_FOLLOW_UP
    case.ask_back(FollowUp.UNREACHABLE, book=BOOK, now=NOW + DAY)
    assert (case.state, case.satisfaction) == (State.ARCHIVED, FollowUp.UNREACHABLE)


def test_the_clock_of_the_law_does_not_stop_while_we_wait() -> None:
    case = new_case()
    case.take(CHEN, now=NOW)
    before = case.clock(ClockName.RESOLUTION)
    assert before is not None
    case.hold(WAIT, until=None, now=NOW + DAY)
    case.resume(now=NOW + 3 * DAY)
    assert before.due_at(NOW + 3 * DAY) == NOW + 15 * DAY


def test_a_promise_stops_while_we_wait_up_to_its_cap() -> None:
    case = new_case(Kind.FAULT)
    case.take(CHEN, now=NOW)
    case.hold(WAIT, until=None, now=NOW + HOUR)
    case.resume(now=NOW + 11 * HOUR)
    assert case.next_due_at == NOW + 58 * HOUR  # 48 h + 10 h of waiting
    case.hold(WAIT, until=None, now=NOW + 12 * HOUR)
    case.resume(now=NOW + 40 * HOUR)
    assert case.next_due_at == NOW + 72 * HOUR  # 38 h waited, 24 h count


def test_a_wait_is_no_longer_than_its_reason_allows() -> None:
    case = new_case(Kind.FAULT)
    case.take(CHEN, now=NOW)
    with pytest.raises(Invalid):
        case.hold(WAIT, until=NOW + 6 * DAY, now=NOW)


def test_a_wait_nobody_ends_is_ended_by_the_clock() -> None:
    case = new_case(Kind.CONSULTATION)
    case.take(CHEN, now=NOW)
    case.hold(WAIT, until=NOW + DAY, now=NOW)
    assert case.next_tick_at() == NOW + DAY
    (resumed,) = case.tick(now=NOW + DAY)
    assert isinstance(resumed, ev.CaseResumed) and resumed.by_clock
    assert case.state is State.IN_PROGRESS


def test_warns_before_the_deadline_and_escalates_after_it_once_each() -> None:
    case = new_case(Kind.FAULT)
    assert case.next_tick_at() == NOW + 47 * HOUR
    assert [type(e) for e in case.tick(now=NOW + 47 * HOUR)] == [ev.CaseDueSoon]
    assert case.tick(now=NOW + 47 * HOUR) == []
    overdue, up = case.tick(now=NOW + 48 * HOUR)
    assert isinstance(overdue, ev.CaseOverdue) and overdue.rule == "R10"
    assert isinstance(up, ev.CaseEscalated) and up.reason == "overdue:R10"
    assert (case.state, case.level) == (State.ESCALATED, 1)
    assert case.tick(now=NOW + 90 * HOUR) == []
    assert case.next_tick_at() is None


def test_what_goes_up_lands_with_the_leads_and_stays_its_owners() -> None:
    case = new_case(Kind.FAULT, by=CHEN)
    case.tick(now=NOW + 48 * HOUR)
    assert (case.assigned_team, case.assigned.en, case.owner_id) == (
        "leads",
        "Team leads",
        CHEN.id,
    )
    case.escalate("客户是媒体", now=NOW + 49 * HOUR)
    assert (case.level, case.assigned_role, case.assigned_team) == (2, "manager", None)


def test_an_answer_after_the_deadline_is_kept_as_late() -> None:
    case = new_case(Kind.FAULT)
    case.tick(now=NOW + 50 * HOUR)
    case.take(WANG, now=NOW + 50 * HOUR)
    case.give_answer(
        "已修复", Outcome.SOLVED, by=WANG, root_cause="光缆", book=BOOK, now=NOW + 51 * HOUR
    )
    resolution = next(c for c in case.clocks if c.clock is ClockName.RESOLUTION)
    assert resolution.met is False


def test_what_nobody_takes_within_two_hours_goes_up() -> None:
    case = new_case()
    case.dispatch(BILLING, reason="", book=BOOK, now=NOW)
    happened = case.tick(now=NOW + 2 * HOUR)
    assert [e.rule for e in happened if isinstance(e, ev.CaseOverdue)] == ["H-take"]
    assert case.state is State.ESCALATED


def test_the_first_word_to_the_customer_keeps_the_first_contact() -> None:
    case = new_case()
    case.contacted(now=NOW + 47 * HOUR)
    first = next(c for c in case.clocks if c.clock is ClockName.FIRST_CONTACT)
    assert first.met is True
    assert case.next_due_at == NOW + 15 * DAY


def test_reopening_starts_fresh_clocks_a_level_higher_with_the_same_owner() -> None:
    case = answered(new_case(by=CHEN))
    case.approve(by=LEAD, book=BOOK, now=NOW + DAY)
    case.close(satisfaction=FollowUp.SATISFIED, now=NOW + DAY)
    reopened = case.reopen("又多收了", book=BOOK, now=NOW + 10 * DAY)
    assert (case.state, case.level, case.assigned_id) == (State.IN_PROGRESS, 1, CHEN.id)
    assert reopened.due_at == NOW + 12 * DAY  # first contact 48 h
    with pytest.raises(NotNow):
        case.close(satisfaction=None, now=NOW + 10 * DAY)


def test_is_not_reopened_after_the_window() -> None:
    case = answered(new_case(Kind.CONSULTATION))
    with pytest.raises(TooLateToReopen):
        case.reopen("很久以前", book=BOOK, now=NOW + REOPEN_WINDOW + DAY)


def test_asking_twice_makes_it_urgent_and_a_closed_one_cannot_be_asked_after() -> None:
    case = new_case()
    case.urge()
    assert case.urgency is Urgency.NORMAL
    case.urge()
    assert case.urgency is Urgency.URGENT
    case.cancel("客户撤诉", now=NOW)
    with pytest.raises(Refused):
        case.urge()


def test_a_refusal_says_what_is_possible_instead() -> None:
    case = new_case()
    with pytest.raises(NotNow) as refused:
        case.resume(now=NOW)
    assert "Possible now: Take, Send to, Answer" in str(refused.value)


def test_a_target_is_exactly_one() -> None:
    with pytest.raises(Invalid):
        Target(label=Text("?", "?"))
    with pytest.raises(Invalid):
        Target(team="billing", role="lead", label=Text("?", "?"))
