"""The same three callers once more, in English and without a mouse: every step can be reached by
keys, and one always sees where the keyboard stands."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from .conftest import PASSWORD, new_context
from .desk import SERVICE_PASSWORDS, look, resident_id
from .keyboard import Keyboard
from .pages import NEIGHBOUR, TRADER

CUSTOMER = r"/customers/[0-9a-f-]{36}$"
DOCUMENT = "99910020070903002"
FAMILY = (TRADER, NEIGHBOUR, "13012000003")

Sit = Callable[[str], Keyboard]


@pytest.fixture
def sit_down(browser: Browser, desk_url: str) -> Iterator[Sit]:
    """Somebody signs in by keyboard and asks for English; nobody ever touched a mouse."""
    contexts, keyboards = [], []

    def seated(login: str) -> Keyboard:
        context = new_context(browser, language="en-US")
        contexts.append(context)
        keys = Keyboard(context)
        keyboards.append(keys)
        keys.open(f"{desk_url}/sign-in")
        keys.stands_on("Login")
        keys.write(login)
        keys.press("Tab")
        keys.write(PASSWORD)
        keys.press("Enter")
        keys.seen.says("陈光" if login == "chen.guang" else "", where=".whoami")
        if keys.seen.page.evaluate("document.documentElement.lang") != "en":
            keys.press("L")
            keys.seen.says("Hello")
        return keys

    yield seated
    for keys in keyboards:
        keys.used_no_mouse()
    for context in contexts:
        context.close()


def test_the_108_caller(sit_down: Sit) -> None:
    keys = sit_down("chen.guang")
    customer = find(keys, TRADER)
    for tab, words in (("2", "bills"), ("3", "usage"), ("4", "advice"), ("8", "timeline")):
        keys.go(tab, rf"/{words}$")
        keys.seen.says("Bills and records are hidden until the caller is verified")
        assert "220.00" not in keys.seen.page.content()
    keys.go("1", CUSTOMER)
    begin(keys)
    keys.press("v")
    keys.stands_on("Six digits")
    keys.write("000001")
    keys.press("Enter")
    keys.seen.flash("That was not right. 2 tries are left with this method.")
    keys.stands_on("Six digits")
    keys.write(SERVICE_PASSWORDS[TRADER])
    keys.press("Enter")
    keys.seen.flash("The caller is verified: service password.")
    the_bill(keys)
    the_advice(keys)
    number = the_case(keys)
    keys.press("f")
    keys.stands_on("How it ended")
    keys.press("Tab")
    keys.write("Will dial 17911 from now on.")
    keys.press("Tab", "Enter")
    keys.seen.flash("The contact is finished.")
    clerk = sit_down("zhou.jie")
    receipt = the_payment(clerk, customer)
    begin(keys)
    verify(keys, TRADER)
    keys.go("8", "/timeline$")
    keys.seen.says(
        f"Paid 81.00 yuan, receipt {receipt}",
        "Will dial 17911 from now on.",
        f"Case {number} answered",
        "Advice given, from 6 months of use: keep the plan and dial 17911 first",
        "Caller verified by service password",
        "Verification by service password failed, 2 tries left",
    )
    look(keys.seen.page, "keys-108-timeline")
    finish(keys)


def the_bill(keys: Keyboard) -> None:
    keys.go("2", "/bills$")
    keys.go("w", r"/bills/[0-9a-f-]{36}$")
    assert keys.seen.within(".big.money") == "¥220.00"
    assert "72 records, 360 min in all, 108.00" in keys.seen.row("Local calls")
    assert "32 records, 160 min in all, 112.00" in keys.seen.row("Long distance")
    look(keys.seen.page, "keys-108-bill")
    keys.tab_to("records: Long distance")
    keys.press("Enter")
    keys.seen.says("50 x 6 s at 0.07 = 3.50", "Harbin")
    assert keys.seen.within(".card .head .money") == "¥112.00"
    look(keys.seen.page, "keys-108-records")


def the_advice(keys: Keyboard) -> None:
    keys.go("a", "/advice$")
    keys.seen.says("falls from 220.00 to 156.00, 64.00 less", where=".say")
    cells = keys.seen.row("Same plan, 17911 for long distance").split("\t")
    assert "¥156.00" in cells[7]
    look(keys.seen.page, "keys-108-advice")
    keys.press("k")
    keys.seen.flash("The advice is kept on the timeline with its figures.")


def the_case(keys: Keyboard) -> str:
    keys.go("c", "/cases/new$")
    keys.stands_on("What is it about")
    keys.write("Charges and bills")
    keys.press("Tab")
    keys.stands_on("In one sentence")
    keys.write("Does not understand his bill")
    keys.press("Enter")
    keys.seen.says("Does not understand his bill", where="#case-title")
    number = keys.seen.within("#case-title").split()[0]
    keys.press("r")
    keys.stands_on("Answer")
    keys.press("Tab", "Tab")
    keys.stands_on("What we tell the customer")
    keys.write("Explained line by line; over 17911 the month is 156.00.")
    keys.tab_to("^Answer$")
    keys.press("Enter")
    keys.seen.says("Explained line by line", where=".note.good .strong + p")
    keys.press("n")
    keys.stands_on("Add a note")
    keys.write("He was content.")
    keys.tab_to("Add the note")
    keys.press("Enter")
    keys.seen.says("He was content.")
    look(keys.seen.page, "keys-108-case")
    return number


def the_payment(keys: Keyboard, customer: str) -> str:
    keys.open(customer)
    keys.go("p", "/payments/new$")
    keys.stands_on("Amount in yuan")
    keys.press("Control+a")
    keys.write("81")
    keys.press("Tab")
    keys.write("100")
    keys.seen.says("¥19.00", where="#change")
    keys.press("Enter")
    keys.seen.says("¥81.00", "¥19.00", where=".receipt")
    keys.stands_on("Print")
    look(keys.seen.page, "keys-108-receipt")
    return keys.seen.within(".receipt dd")


def test_the_neighbour(sit_down: Sit) -> None:
    keys = sit_down("chen.guang")
    find(keys, NEIGHBOUR)
    begin(keys)
    verify(keys, NEIGHBOUR)
    keys.go("2", "/bills$")
    keys.go("w", r"/bills/[0-9a-f-]{36}$")
    assert keys.seen.within(".big.money") == "¥108.00"
    keys.seen.says("minimum 108.00; your calls came to 71.40; 36.60 was added")
    keys.go("a", "/advice$")
    keys.seen.says("Stay on this plan")
    keys.seen.says("minimum", where=".say")
    assert "Same plan, 17911" not in keys.seen.within("main")
    look(keys.seen.page, "keys-neighbour-advice")
    keys.press("k")
    keys.seen.flash("The advice is kept")
    finish(keys)


def test_the_student(sit_down: Sit) -> None:
    keys = sit_down("wang.fan")
    keys.go("g p", "/guide$")
    the_questions(keys)
    keys.go("y", "/new-customer")
    keys.stands_on("^Name$")
    keys.write("Sun Haoran")
    keys.press("Tab")
    keys.write("13912345020")
    keys.tab_to("Document number")
    keys.write(resident_id(DOCUMENT))
    keys.tab_to("I saw the original")
    keys.press("Space")
    keys.tab_to("The customer agrees")
    keys.press("Space")
    keys.tab_to("Keep and choose a line")
    keys.press("Enter")
    keys.seen.says("Sun Haoran", where="h1")
    number = the_order(keys)
    keys.go("1", CUSTOMER)
    keys.seen.says("New Leisure Campus Card A", "In use", "3 family numbers")
    begin(keys)
    keys.press("v")
    keys.stands_on("Document number")
    keys.write(resident_id(DOCUMENT)[-4:])
    keys.press("Enter")
    keys.seen.flash("The caller is verified")
    keys.go("8", "/timeline$")
    keys.seen.says(f"done: New line {number}: New Leisure Campus Card A")
    look(keys.seen.page, "keys-student-timeline")
    finish(keys)


def the_questions(keys: Keyboard) -> None:
    keys.press("m")
    keys.stands_on("Minutes you call")
    for value in ("150", "150", "20", "50", "40", "90", "120", "0", "60"):
        keys.write(value)
        keys.press("Tab")
    keys.stands_on("Home town")
    keys.write("Harbin")
    keys.press("Tab")
    keys.write("19")
    keys.press("Tab")
    keys.write("yes")
    keys.press("Tab")
    keys.stands_on("Plan asked for")
    keys.write("Leisure Card")
    keys.press("Tab", "Tab")
    keys.stands_on("Price every plan")
    keys.press("Enter")
    keys.seen.says("New Leisure Campus Card A comes to about 50.40 a month", where=".say")
    keys.seen.says("this would be ¥50.40, ¥9.60 less", where=".say")
    keys.seen.says("Cheaper: 17911 0451 and the number", "130 messages")
    look(keys.seen.page, "keys-student-advice")


def the_order(keys: Keyboard) -> str:
    keys.stands_on("Plan")
    keys.tab_to("Ends with")
    keys.write("77")
    keys.seen.page.wait_for_function(
        "() => [...document.querySelectorAll('#free-numbers input')].every((one) =>"
        " one.value.endsWith('77'))"
    )
    keys.stands_on("Ends with")
    keys.press("Tab", "Space")
    number = re.sub(r"\D", "", str((keys.focused() or {})["name"]))
    assert number.endswith("77")
    keys.tab_to("^Family numbers")
    keys.write(",".join(FAMILY))
    look(keys.seen.page, "keys-student-order")
    keys.press("Enter")
    keys.seen.says(f"New line {number}", "Family numbers: " + ", ".join(FAMILY))
    keys.stands_on("The customer confirms")
    look(keys.seen.page, "keys-student-preview")
    keys.press("Enter")
    keys.seen.flash(f"New line {number}")
    return number


def find(keys: Keyboard, number: str) -> str:
    """By the search bar; the focus stays in it while results come in."""
    keys.press("/")
    keys.stands_on("Search")
    keys.write(number)
    keys.seen.page.wait_for_selector("#search-results [role=option]")
    keys.stands_on("Search")
    keys.go("Enter", CUSTOMER)
    return keys.seen.page.url


def begin(keys: Keyboard) -> None:
    keys.press("b")
    keys.seen.says("Not verified", where=".contact-bar")


def verify(keys: Keyboard, number: str) -> None:
    keys.press("v")
    keys.stands_on("Six digits")
    keys.write(SERVICE_PASSWORDS[number])
    keys.press("Enter")
    keys.seen.says("Verified: service password", where=".contact-bar")


def finish(keys: Keyboard) -> None:
    keys.press("f")
    keys.stands_on("How it ended")
    keys.press("Tab", "Tab", "Enter")
    keys.seen.flash("The contact is finished.")
