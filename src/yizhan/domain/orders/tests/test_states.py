"""Whatever is tried with an order, it ends once and is taken back only in time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from yizhan.domain.orders.changes import Suspend
from yizhan.domain.orders.flow import MOVES, OPEN, UNDOABLE, State
from yizhan.domain.orders.model import Order
from yizhan.kernel.errors import CareError
from yizhan.kernel.text import Text

NOW = datetime(2004, 12, 11, 2, 0, tzinfo=UTC)
WHY = Text("等待", "waiting")


def test_the_table_of_moves_names_every_state_and_ends() -> None:
    assert set(MOVES) == set(State)
    assert {state for state in State if not MOVES[state]} == set(State) - OPEN
    assert {state for state in State if State.CANCELLED in MOVES[state]} == UNDOABLE


class AnyOrder(RuleBasedStateMachine):
    """One order, random acts, time going on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.ends: list[State] = []
        self.order = Order(
            customer_id=UUID(int=1),
            id=UUID(int=2),
            number="D1",
            line_id=UUID(int=3),
            account_id=None,
            change=Suspend(),
            summary=WHY,
            state=State.ACKNOWLEDGED,
            preview={},
            effective_at=NOW + timedelta(days=5),
            placed_at=NOW,
            placed_by="",
            channel="",
            contact_id=None,
            key="k",
        )

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(act=st.sampled_from(["hold", "release", "begin", "complete", "fail", "undo"]))
    def act(self, act: str) -> None:
        order, before = self.order, self.order.state
        try:
            match act:
                case "hold":
                    order.hold(WHY)
                case "release":
                    order.release()
                case "begin":
                    order.begin()
                case "complete":
                    order.complete(charged_fen=1, now=self.now)
                case "fail":
                    order.fail(WHY, now=self.now)
                case "undo":
                    order.undo("改主意", now=self.now)
                    assert before is State.HELD or self.now < order.effective_at
        except CareError:
            assert order.state is before
        else:
            assert order.state in MOVES[before]
            if order.state not in OPEN:
                self.ends.append(order.state)

    @invariant()
    def ends_once(self) -> None:
        assert len(self.ends) <= 1
        assert (self.order.state in OPEN) == (self.order.closed_at is None)
        assert self.order.charged_fen == (1 if self.order.state is State.COMPLETED else 0)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestAnyOrder = AnyOrder.TestCase
