"""Plans are read as written, and what is wrong with them is said with file, line and key."""

import contextlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yizhan.domain import tariff

README = Path(__file__).parent.parent / "README.md"

PLAN = """\
plan: small
version: 1
name: {zh: 小卡, en: Small}
kind: mobile
payment: postpaid
items:
  local: {zh: 本地, en: Local}
covers:
  voice: {zone: [local, domestic], roam: [home]}
price:
  - id: in
    if: {service: voice, direction: in}
    item: local
    free: true
    text: {zh: 接听免费, en: Incoming is free}
  - id: out
    if: {service: voice}
    item: local
    price: "0.30"
    per: 60s
    text: {zh: 主叫, en: Outgoing}
"""


def refusals(text: str) -> list[tariff.Problem]:
    with pytest.raises(tariff.PlanRefused) as caught:
        tariff.parse(text, file="small.yaml")
    return list(caught.value.problems)


def refusal(text: str) -> tariff.Problem:
    (problem,) = refusals(text)
    assert problem.file == "small.yaml"
    return problem


def test_the_example_of_the_readme_is_a_plan():
    text = re.search(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert text is not None
    plan = tariff.parse(text[1], file="README.md")
    assert isinstance(plan, tariff.Plan)
    assert plan.family is not None and plan.family.numbers == 3
    assert plan.allowances[0].size == 6000
    assert plan.on_sale(date(2004, 1, 1)) and not plan.on_sale(date(2003, 12, 31))


def test_a_small_plan_is_read():
    plan = tariff.parse(PLAN, file="small.yaml")
    assert isinstance(plan, tariff.Plan)
    assert [rule.id for rule in plan.price] == ["in", "out"]
    assert plan.price[1].parts[0].steps[0].price == Decimal("0.30")
    assert plan.price[1].source == tariff.Source(file="small.yaml", line=16)


@pytest.mark.parametrize(
    ("change", "line", "key", "reason"),
    [
        (("version: 1", "version: one"), 2, "version", "whole number"),
        (("kind: mobile", "kind: pigeon"), 4, "kind", "not one of"),
        (("version: 1\n", "version: 1\ncolour: red\n"), 3, "colour", "not known"),
        (("payment: postpaid\n", ""), 1, "", "“payment” is missing"),
        (('"0.30"', '"0.3O"'), 19, "price[1].price", "not an amount"),
        (('"0.30"', "3e-1"), 19, "price[1].price", "not an amount"),
        (('"0.30"', '"-0.30"'), 19, "price[1].price", "below zero"),
        (("per: 60s", "per: 60"), 20, "price[1].per", "measures count"),
        (("per: 60s", "per: 1MB"), 20, "price[1].per", "not a quantity"),
        (("    per: 60s\n", ""), 16, "price[1]", "“per” is missing"),
        (("{zh: 主叫, en: Outgoing}", "{zh: 主叫}"), 21, "price[1].text", "“en” is missing"),
        (("{zh: 主叫, en: Outgoing}", "{zh: 主叫, en: ''}"), 21, "price[1].text.en", "empty"),
        (("    text: {zh: 主叫, en: Outgoing}\n", ""), 16, "price[1]", "“text” is missing"),
        (("item: local\n    price", "item: long\n    price"), 18, "price[1].item", "declared"),
        (("service: voice}", "service: voice, band: night}"), 17, "price[1].if.band", "calendar"),
        (("    free: true\n", "    free: true\n    price: 1\n"), 11, "price[0]", "Exactly one"),
        (("id: out", "id: in"), 16, "price.in", "used twice"),
        (("version: 1\n", "version: 1\nversion: 2\n"), 3, "version", "written twice"),
        (("if: {service: voice}", "if: {service: tv}"), 17, "price[1].if.service", "one of"),
        (("version: 1\n", "version: 1\nsuccessor: [a]\n"), 3, "successor", "single value"),
        (("version: 1\n", "version: 1\non_sale: [2004-02-30, null]\n"), 3, "on_sale[0]", "no day"),
        (("version: 1\n", "version: 1\neligible: [{student: true}]\n"), 3, "eligible[0]", "text"),
        (("    item: local\n    price", "    tier: t\n    item: local\n    price"), 16, "price[1]",
         "Exactly one"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(change, line, key, reason):
    old, new = change
    assert old in PLAN
    problem = refusal(PLAN.replace(old, new))
    assert (problem.line, problem.key) == (line, key)
    assert reason in problem.reason


def test_several_problems_are_listed_at_once():
    broken = PLAN.replace('"0.30"', "much").replace("version: 1", "version: 0")
    assert [problem.line for problem in refusals(broken)] == [2, 19]


def test_a_gap_is_refused_with_what_it_leaves_without_a_price():
    problem = refusal(PLAN.replace("if: {service: voice}", "if: {service: voice, zone: local}"))
    assert problem.key == "price"
    assert "voice/out/direct/domestic/on/home/none" in problem.reason


def test_a_gap_at_night_only_is_found():
    text = PLAN.replace(
        "price:\n", 'calendars: {c: {night: "21:00-08:00", day: else}}\nprice:\n', 1
    ).replace("if: {service: voice}", "if: {service: voice, band: day}")
    assert "(band night)" in refusal(text).reason


def test_a_gap_for_family_numbers_is_found():
    text = PLAN.replace("if: {service: voice}", "if: {service: voice, family: false}")
    assert "(family number)" in refusal(text).reason


def test_a_hidden_rule_is_refused_and_its_hiders_named():
    extra = """\
  - id: late
    if: {service: voice, zone: domestic}
    item: local
    price: "0.10"
    per: 60s
    text: {zh: 长途, en: Long distance}
"""
    problem = refusal(PLAN + extra)
    assert (problem.line, problem.key) == (22, "price.late")
    assert "in, out come first" in problem.reason


def test_a_rule_for_what_is_not_covered_is_refused():
    extra = """\
  - {id: text, if: {service: sms}, item: local, price: "0.10", text: {zh: 短信, en: Texts}}
"""
    assert "nothing the plan covers" in refusal(PLAN + extra).reason


def test_two_equal_selectors_are_refused():
    text = (
        PLAN.replace("direction: in}", "direction: [in]}")
        + """\
  - {id: again, if: {direction: in, service: voice}, item: local, free: true,
     text: {zh: 再, en: Again}}
"""
    )
    reasons = [problem.reason for problem in refusals(text)]
    assert any("selects exactly what “in” on line 11" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("[{from: 0s, to: 60s, per: 60s, price: 1}, {from: 90s, per: 60s, price: 1}]", "a hole"),
        ("[{from: 60s, per: 60s, price: 1}]", "starts at 0"),
        ("[{from: 0s, to: 60s, per: 60s, price: 1}]", "remainder: free"),
        ("[{from: 0s, per: 60s, price: 1}, {from: 0s, per: 60s, price: 1}]", "larger"),
        ("[]", "At least one"),
    ],
)
def test_steps_with_holes_are_refused(steps, reason):
    text = PLAN.replace('    price: "0.30"\n    per: 60s\n', f"    steps: {steps}\n")
    assert reason in refusal(text).reason


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        ("[{upto: 10, price: 1}]", "hole"),
        ("[{price: 1}, {price: 2}]", "hole"),
        ("[{upto: 10, price: 1}, {upto: 5, price: 1}, {price: 1}]", "must grow"),
        ("[{percent: 5}]", "of: amount"),
    ],
)
def test_tiers_with_holes_are_refused(tiers, reason):
    tier = (
        f"tiers: [{{id: t, item: local, kind: graduated, unit: 60s, steps: {tiers}, "
        "text: {zh: 档, en: Tiers}}]\nprice:\n"
    )
    text = PLAN.replace("price:\n", tier, 1).replace(
        '    price: "0.30"\n    per: 60s\n', "    tier: t\n"
    )
    assert reason in refusal(text).reason


@pytest.mark.parametrize(
    ("bands", "reason"),
    [
        ('{day: "08:00-20:00"}', "No band of “c” claims Mon 00:00"),
        ('{day: "08:00-20:00", night: "19:00-08:00"}', "both claim Mon 19:00"),
        ('{week: "Mon-Fri", end: "Sat"}', "claims Sun 00:00"),
        ('{a: "Mon-Fri & !holiday", b: "Sat-Sun"}', "claims Mon 00:00 (holiday)"),
        ('{a: "8:00-20:00", b: else}', "no span of time"),
        ('{a: "Mo-Fr", b: else}', "is no day"),
        ("{a: else, b: else}", "Two bands"),
    ],
)
def test_bands_that_do_not_divide_the_week_are_refused(bands, reason):
    text = PLAN.replace("price:\n", f"calendars: {{c: {bands}}}\nprice:\n", 1)
    assert reason in refusal(text).reason


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ("{id: e, usage: [], expect: {total: 1}}", "names its “period”"),
        ('{id: e, usage: [{at: "2004-03-01 10:00", service: voice, quantity: 1s}], expect: {}}',
         "claims at least"),
        ('{id: e, usage: [{at: "2004-03-01 10:00", service: voice}], expect: {total: 1}}',
         "“quantity” is missing"),
        ('{id: e, usage: [{at: "noon", service: voice, quantity: 1s}], expect: {total: 1}}',
         "no moment"),
        ("{id: e, period: [2004-03-01, 2004-04-01], usage: [], expect: {left: {x: 1}}}",
         "no allowance “x”"),
        ("{id: e, expect: {total: 1}}", "“usage” is missing"),
    ],
)  # fmt: skip
def test_an_example_that_states_too_little_is_refused(example, reason):
    assert reason in refusal(PLAN + f"examples: [{example}]\n").reason


def test_a_volume_price_that_falls_with_usage_is_warned_of():
    text = PLAN.replace(
        "price:\n",
        "tiers: [{id: t, item: local, kind: volume, unit: 60s, steps: [{upto: 15, price: 10}, "
        "{price: 5}], text: {zh: 档, en: Tiers}}]\nprice:\n",
        1,
    ).replace('    price: "0.30"\n    per: 60s\n', "    tier: t\n")
    plan = tariff.parse(text, file="small.yaml")
    (warned,) = plan.warnings
    assert warned.text.en == "Tiers: 16 units cost less than 15"  # 80 < 150


def test_not_yaml_is_refused_with_its_line():
    problem = refusal("plan: x\nname: {zh: [\n")
    assert problem.line >= 2
    assert "not YAML" in problem.reason


def test_merges_inside_merges_cannot_blow_a_document_up():
    layers = ["eligible:", "  - &m0 {a: 1}"]
    layers += [f"  - &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}" for n in range(1, 9)]
    (problem,) = refusals(PLAN + "\n".join(layers) + "\n<<: *m8\n")
    assert "too large" in problem.reason


def test_a_file_may_hold_several_and_none_twice():
    things = tariff.parse_all(PLAN + "---\n" + PLAN.replace("plan: small", "plan: other"), file="f")
    assert [thing.id for thing in things] == ["small", "other"]
    with pytest.raises(tariff.PlanRefused, match="written twice"):
        tariff.parse_all(PLAN + "---\n" + PLAN, file="f")


def test_the_longest_prefix_in_force_gives_the_zone():
    (zones,) = tariff.parse_all(
        """\
zoneset: numbers
prefixes:
  "0": domestic
  "0451": domestic.heilongjiang
  "852": [{zone: intl.A, valid: [null, 1997-07-01]}, {zone: hkmo, valid: [1997-07-01, null]}]
""",
        file="zones.yaml",
    )
    assert isinstance(zones, tariff.ZoneSet)
    day = date(2004, 3, 1)
    assert zones.find("045112345678", day) == "domestic.heilongjiang"
    assert zones.find("02212345678", day) == "domestic"
    assert zones.find("85212345", day) == "hkmo"
    assert zones.find("85212345", date(1990, 1, 1)) == "intl.A"
    assert zones.find("1", day) is None


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_plan_or_refused(text):
    with contextlib.suppress(tariff.PlanRefused):
        tariff.parse(text, file="any")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_plan_with_a_line_damaged_is_a_plan_or_refused(data):
    lines = PLAN.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(st.text("{}[]:,&*!|>'\"%@` -0aé中\t", max_size=12))
    place = data.draw(st.integers(0, len(lines[at])))
    lines[at] = lines[at][:place] + junk + lines[at][place:]
    with contextlib.suppress(tariff.PlanRefused):
        tariff.parse("\n".join(lines), file="any")
