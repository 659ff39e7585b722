"""The matching of a settlement file: by hand, and every planted difference of random books."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.domain.checkout import matching
from yizhan.domain.checkout.matching import Difference, Moved, Ours, Theirs, Unreadable

DAY = date(2026, 3, 1)
OTHER = date(2026, 2, 28)
HEAD = matching.HEAD


def ours(
    reference: str = "a",
    amount: int = 100,
    *,
    kind: Moved = "payment",
    state: str = "paid",
    settled: bool = True,
    day: date = DAY,
) -> Ours:
    return Ours(
        kind=kind, reference=reference, amount_fen=amount, state=state, settled=settled, day=day
    )


def theirs(reference: str = "a", amount: int = 100, *, kind: Moved = "payment") -> Theirs:
    return Theirs(kind=kind, reference=reference, order_no="o", amount_fen=amount)


def kinds(mine: list[Ours], said: list[Theirs]) -> list[str]:
    return [one.kind for one in matching.match(DAY, mine, said)]


def test_equal_books_have_no_difference() -> None:
    assert kinds([ours(), ours(kind="refund")], [theirs(), theirs(kind="refund")]) == []


@pytest.mark.parametrize(
    ("mine", "said", "found"),
    [
        ([], [theirs()], ["missing_here"]),
        ([ours()], [], ["missing_there"]),
        ([ours(amount=101)], [theirs()], ["amount_differs"]),
        ([ours()], [theirs(), theirs()], ["doubled"]),
        ([ours(state="expired", settled=False)], [theirs()], ["state_differs"]),
        ([ours(day=OTHER)], [theirs()], ["day_differs"]),
        ([ours(kind="refund")], [], ["refund_missing_there"]),
        ([], [theirs(kind="refund")], ["refund_missing_here"]),
        ([ours(kind="refund", state="sent", settled=False)], [theirs(kind="refund")],
         ["refund_state_differs"]),
        ([ours(), ours(kind="reversal")], [theirs()], ["reversal_missing_there"]),
        ([ours()], [theirs(), theirs(amount=90)], ["amount_differs", "doubled"]),
        ([ours(state="sent", settled=False)], [], []),
    ],
)  # fmt: skip
def test_names_a_difference(mine: list[Ours], said: list[Theirs], found: list[str]) -> None:
    assert kinds(mine, said) == found


def test_says_both_amounts() -> None:
    assert matching.match(DAY, [ours(amount=101)], [theirs()]) == [
        Difference(
            kind="amount_differs",
            reference="a",
            ours_fen=101,
            theirs_fen=100,
            ours_state="paid",
            theirs_state="settled",
        )
    ]


PLANTS = ("none", "missing_here", "missing_there", "amount", "doubled", "state", "day")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("payment", "refund", "reversal")),
            st.integers(1, 10**9),
            st.sampled_from(PLANTS),
        ),
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_finds_every_planted_difference_and_no_other(
    plan: list[tuple[Moved, int, str]], random: object
) -> None:
    mine: list[Ours] = []
    said: list[Theirs] = []
    wanted: set[tuple[str, str]] = set()
    for number, (kind, amount, plant) in enumerate(plan):
        name = str(number)
        prefix = "" if kind == "payment" else f"{kind}_"
        own, row = ours(name, amount, kind=kind), theirs(name, amount, kind=kind)
        match plant:
            case "missing_here":
                said.append(row)
            case "missing_there":
                mine.append(own)
            case "amount":
                mine.append(own)
                said.append(theirs(name, amount + 1, kind=kind))
                plant = "amount_differs"
            case "doubled":
                mine.append(own)
                said += [row, row]
            case "state":
                mine.append(ours(name, amount, kind=kind, state="sent", settled=False))
                said.append(row)
                plant = "state_differs"
            case "day":
                mine.append(ours(name, amount, kind=kind, day=OTHER))
                said.append(row)
                plant = "day_differs"
            case _:
                mine.append(own)
                said.append(row)
                continue
        wanted.add((f"{prefix}{plant}", name))
    random.shuffle(said)  # type: ignore[attr-defined]
    found = matching.match(DAY, mine, said)
    assert {(one.kind, one.reference) for one in found} == wanted
    assert len(found) == len(wanted)
    assert all(one.kind in matching.KINDS for one in found)


def test_reads_a_file() -> None:
    text = f"{HEAD}\npayment,o1,,p1,100,x\nrefund,o1,r1,p2,40,x\nend,2,140\n"
    assert matching.read(text) == [
        Theirs(kind="payment", reference="o1", order_no="o1", amount_fen=100),
        Theirs(kind="refund", reference="r1", order_no="o1", amount_fen=40),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "something else\nend,0,0\n",
        f"{HEAD}\n",
        f"{HEAD}\npayment,o1,,p1,100,x\n",
        f"{HEAD}\npayment,o1,,p1,100,x\nend,2,100\n",
        f"{HEAD}\npayment,o1,,p1,100,x\nend,1,101\n",
        f"{HEAD}\npayment,o1,,p1,-5,x\nend,1,-5\n",
        f"{HEAD}\npayment,o1,,p1,٣,x\nend,1,3\n",
        f"{HEAD}\nrefund,o1,,p1,100,x\nend,1,100\n",
        f"{HEAD}\ngift,o1,,p1,100,x\nend,1,100\n",
        f"{HEAD}\nend,0,0\npayment,o1,,p1,100,x\n",
    ],
)
def test_a_damaged_file_is_refused_whole(text: str) -> None:
    with pytest.raises(Unreadable):
        matching.read(text)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for one in (text, f"{HEAD}\n{text}", f"{HEAD}\npayment,{text}\nend,1,1\n"):
        try:
            assert all(row.amount_fen > 0 for row in matching.read(one))
        except Unreadable:
            continue
