"""The collected cases: tariffs and usage whose exact result is known, in our own language.

CG, BRT and LG number the collections they were first published in. Each file holds plans whose
examples carry the case's id; an example that does not come out is a failure of the engine.
"""

from pathlib import Path

import msgspec
import pytest

from yizhan.domain import rating, tariff

CASES = Path(__file__).parent / "cases"
EXPECTED_IDS = {
    *(f"CG{number:02d}" for number in range(1, 61)),
    *(f"LG{number:02d}" for number in range(1, 15)),
    *(f"BRT{number:02d}" for number in range(1, 31)),
}


def plans() -> list[tariff.Plan]:
    found: list[tariff.Plan] = []
    for path in sorted(CASES.glob("*.yaml")):
        for thing in tariff.parse_all(path.read_text("utf-8"), file=path.name):
            assert isinstance(thing, tariff.Plan)
            found.append(thing)
    return found


PLANS = plans()
EXAMPLES = [(plan, example) for plan in PLANS for example in plan.examples]


def test_all_104_cases_are_here_once():
    ids = [example.id for _, example in EXAMPLES]
    assert len(ids) == 104
    assert set(ids) == EXPECTED_IDS


@pytest.mark.parametrize(("plan", "example"), EXAMPLES, ids=[example.id for _, example in EXAMPLES])
def test_case_comes_out_exactly(plan, example):
    alone = msgspec.structs.replace(plan, examples=(example,))
    assert rating.prove(alone) == []


def test_a_wrong_claim_is_found():
    plan, example = next((p, e) for p, e in EXAMPLES if e.id == "CG01")
    claims = msgspec.structs.replace(
        example.expected, charges=(example.expected.charges[0] + 1,), total=None
    )
    wrong = msgspec.structs.replace(
        plan, examples=(msgspec.structs.replace(example, expected=claims),)
    )
    (failure,) = rating.prove(wrong)
    assert (failure.what, failure.expected, failure.got) == ("charge 1", "2702", "2701")
    assert failure.line == example.source.line


def test_ten_cases_declare_that_the_rest_is_free():
    plan = next(plan for plan in PLANS if plan.id == "record_tiers")
    free = {rule.id for rule in plan.price if any(part.remainder_free for part in rule.parts)}
    assert free == {f"t{n}" for n in (15, 18, 19, 20, 21, 22, 23, 27, 28, 29)}
