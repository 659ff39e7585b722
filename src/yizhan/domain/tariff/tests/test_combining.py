"""Add-ons join a plan; conditions decide who may have it; classes are canonical."""

import pytest

from yizhan.domain import tariff
from yizhan.domain.tariff.tests.test_language import PLAN
from yizhan.kernel.errors import Invalid

FAMILY = """\
addon: family
version: 1
name: {zh: 亲情包, en: Family}
items: {local: {zh: 本地, en: Local}}
family: {numbers: 3, text: {zh: 三个号码, en: Three numbers}}
price:
  - {id: family, if: {service: voice, family: true, direction: out}, item: local, price: "0.15",
     per: 60s, text: {zh: 亲情, en: Family}}
"""
PACK = """\
addon: pack
version: 1
name: {zh: 加油包, en: Pack}
repeatable: true
items: {local: {zh: 本地, en: Local}}
recurring: [{id: pack, item: local, amount: "10", text: {zh: 加油包, en: Pack}}]
allowances: [{id: pack, unit: s, size: 100min, draw: 60s, for: {service: voice}, order: 1,
  text: {zh: 100 分钟, en: 100 minutes}}]
"""


def plan(more: str = "may_carry: [family, pack]\n") -> tariff.Plan:
    found = tariff.parse(PLAN + more, file="plan")
    assert isinstance(found, tariff.Plan)
    return found


def add_on(text: str) -> tariff.AddOn:
    found = tariff.parse(text, file="add_on")
    assert isinstance(found, tariff.AddOn)
    return found


def test_add_on_prices_come_first():
    whole = tariff.combine(plan(), [add_on(FAMILY)])
    assert [rule.id for rule in whole.price] == ["family", "in", "out"]
    assert whole.family is not None and whole.family.numbers == 3
    assert whole.carries == ("family",)
    assert whole.price[0].owner == "family"


def test_a_repeated_pack_counts_each_time():
    pack = add_on(PACK)
    whole = tariff.combine(plan(), [pack, pack])
    assert [allowance.id for allowance in whole.allowances] == ["pack", "pack#2"]
    assert [fee.id for fee in whole.recurring] == ["pack", "pack#2"]


@pytest.mark.parametrize(
    ("more", "texts", "reason"),
    [
        ("may_carry: [pack]\n", [FAMILY], "cannot carry"),
        ("may_carry: [family]\n", [FAMILY, FAMILY], "only once"),
        ("may_carry: [family]\n", [FAMILY + "requires: [pack]\n"], "needs “pack”"),
        ("may_carry: [family, pack]\n", [FAMILY + "excludes: [pack]\n", PACK], "cannot go with"),
        ("may_carry: [family]\n", [FAMILY + "kinds: [fixed]\n"], "kind mobile"),
    ],
)
def test_add_ons_that_clash_are_refused(more, texts, reason):
    with pytest.raises(tariff.AddOnsClash, match=reason):
        tariff.combine(plan(more), [add_on(text) for text in texts])


def test_conditions_unmet_are_named():
    more = (
        "eligible:\n  - {student: true, text: {zh: 学生, en: Students}}\n"
        "  - {age: {max: 25}, text: {zh: 25 岁以下, en: 25 or under}}\n"
        "  - {city: [tianjin, beijing], text: {zh: 京津, en: North}}\n"
    )
    terms = plan(more)
    nineteen = {"student": True, "age": 19, "city": "tianjin"}
    assert tariff.unmet(terms, nineteen) == ()
    assert [c.text.en for c in tariff.unmet(terms, {**nineteen, "age": 26})] == ["25 or under"]
    assert len(tariff.unmet(terms, {})) == 3  # what is unknown meets nothing


def test_a_class_is_the_same_however_it_is_told():
    assert tariff.classify("data", "in", "17911", "intl", "on").code == (
        "data/out/direct/local/off/home/none"
    )
    code = "voice/out/17911/domestic.heilongjiang/off/home/campus"
    assert tariff.parse_class(code).code == code


@pytest.mark.parametrize(
    "words",
    [("fax",), ("voice", "up"), ("voice", "out", "17912"), ("voice", "out", "direct", "moon"),
     ("voice", "out", "direct", "intl..A"), ("voice", "out", "direct", "local", "none")],
)  # fmt: skip
def test_an_unknown_word_is_refused(words):
    with pytest.raises(Invalid):
        tariff.classify(*words)
