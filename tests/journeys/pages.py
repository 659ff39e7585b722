"""Every page of the desk with an address to open, made from the route table itself.

Each GET route stands either in `PAGES`, with the addresses that show its faces, or in `PARTS`:
pieces that a page asks for. A route that stands in neither fails the test of accessibility.
"""

import re
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from yizhan.web import entrance, staff

TRADER = "13002208108"
"""The 108 caller of the article."""
NEIGHBOUR = "13002208109"
"""The neighbour, below the minimum spend."""

PARTS = {
    "/search/live",
    "/customers/{customer_id:uuid}/cases/repeats",
    "/customers/{customer_id:uuid}/advice/card",
    "/customers/{customer_id:uuid}/orders/numbers",
    "/bill-runs/part",
    "/system/part",
    "/cases/{case_id:uuid}/files/{file_id:uuid}",
    "/customers/{customer_id:uuid}/orders/{order_id:uuid}/part",
    "/customers/{customer_id:uuid}/payments/online/{intent_id:uuid}/part",
    "/network/part",
    "/vouchers/part",
}
NOT_IN_THE_DEMO = {
    "/customers/{customer_id:uuid}/payments/online/{intent_id:uuid}",
    "/network/audits/{audit_id:uuid}",
    "/reconciliation/{day:date}",
    "/vouchers/batches/{batch_id:uuid}",
}
"""Pages of things the made-up operator does not have on its first day."""

NAMED = {
    "/roles/{name:str}": "/roles/agent",
    "/message-templates/{name:str}": "/message-templates/payment_received",
}
"""Routes whose name is not that of a check."""

OUTSIDE = {"/sign-in"}
"""Pages for who is not signed in."""

ORDER_KINDS = (
    *("change_plan", "add_on", "drop_add_on", "family_numbers", "feature"),
    *("suspend", "resume", "loss", "open_line"),
)
PAGES: dict[str, tuple[str, ...]] = {
    "/": ("",),
    "/search": ("?q=李", "?q=zzzz"),
    "/me": ("",),
    "/customers/{customer_id:uuid}": ("",),
    "/customers/{customer_id:uuid}/edit": ("",),
    "/customers/{customer_id:uuid}/timeline": ("", "?room=billing"),
    "/cases": ("", "?view=mine", "?view=overdue"),
    "/cases/{case_id:uuid}": ("",),
    "/customers/{customer_id:uuid}/cases": ("",),
    "/customers/{customer_id:uuid}/cases/new": ("",),
    "/customers/{customer_id:uuid}/payments": ("",),
    "/customers/{customer_id:uuid}/payments/new": ("",),
    "/customers/{customer_id:uuid}/payments/{payment_id:uuid}": ("",),
    "/customers/{customer_id:uuid}/adjustments/new": ("",),
    "/approvals": ("",),
    "/customers/{customer_id:uuid}/bills": ("",),
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}": ("",),
    "/customers/{customer_id:uuid}/bills/{bill_id:uuid}/records": ("?line={line}",),
    "/customers/{customer_id:uuid}/usage": ("",),
    "/customers/{customer_id:uuid}/advice": ("",),
    "/guide": ("",),
    "/customers/{customer_id:uuid}/orders": ("",),
    "/customers/{customer_id:uuid}/orders/{order_id:uuid}": ("",),
    "/customers/{customer_id:uuid}/orders/new": tuple(f"?kind={kind}" for kind in ORDER_KINDS),
    "/new-customer": ("",),
    "/plans": ("",),
    "/plans/new": ("", "?from_id=zhuoyue"),
    "/plans/{offer_id:str}": ("",),
    "/intake": ("",),
    "/quarantine": ("", "?standing=dismissed"),
    "/quarantine/{row_id:uuid}": ("",),
    "/bill-runs": ("",),
    "/dunning": ("", "?step=full"),
    "/bill-runs/{run_id:uuid}": ("",),
    "/users": ("",),
    "/users/{user_id:uuid}": ("",),
    "/roles/{name:str}": ("",),
    "/clients": ("",),
    "/system": ("",),
    "/system/checks/{name:str}": ("",),
    "/privacy": ("",),
    "/club": ("",),
    "/customers/{customer_id:uuid}/club": ("",),
    "/customers/{customer_id:uuid}/messages": ("",),
    "/customers/{customer_id:uuid}/payments/online": ("",),
    "/customers/{customer_id:uuid}/payments/voucher": ("",),
    "/knowledge": ("", "?q=17911"),
    "/knowledge/new": ("",),
    "/knowledge/{code:str}": ("",),
    "/message-templates": ("",),
    "/message-templates/{name:str}": ("",),
    "/network": ("",),
    "/outbox": ("",),
    "/reconciliation": ("",),
    "/refunds": ("",),
    "/vouchers": ("",),
    "/audit": ("", "?customer=C1000001"),
    "/password": ("",),
}

ID = "[0-9a-f]{8}-[0-9a-f-]{27}"


def page_routes() -> Iterator[str]:
    """The path of every GET route that people open with a browser."""
    for handler in (*staff.ROUTES, *entrance.ROUTES):
        if "GET" in handler.http_methods:
            yield from handler.paths


def customer_address(page: Page, desk_url: str, number: str = TRADER) -> str:
    """The address of the customer who has *number*, found as an agent would."""
    page.goto(f"{desk_url}/search?q={number}")
    page.wait_for_url("**/customers/**")
    return page.url.removeprefix(desk_url)


def every_page(page: Page, desk_url: str) -> list[str]:
    """The address of every page there is; *page* belongs to somebody with every right."""
    values = _values(page, desk_url)
    found = []
    for route in page_routes():
        if route in PARTS | OUTSIDE | NOT_IN_THE_DEMO:
            continue
        assert route in PAGES, f"{route}: say in {__name__} which of its faces to look at"
        path = NAMED.get(route) or re.sub(r"\{(\w+):\w+\}", lambda match: values[match[1]], route)
        found += [path + face.format(**values) for face in PAGES[route]]
    return found


def _values(page: Page, desk_url: str) -> dict[str, str]:
    """What stands in the addresses: things of the demo, and some made for the purpose."""
    customer = customer_address(page, desk_url)
    values = {"customer_id": customer.rpartition("/")[2]}
    for name, start in (
        ("bill_id", f"{customer}/bills"),
        ("payment_id", f"{customer}/payments"),
        ("case_id", "/cases"),
        ("offer_id", "/plans"),
        ("run_id", "/bill-runs"),
        ("user_id", "/users"),
        ("name", "/system"),
        ("code", "/knowledge"),
    ):
        page.goto(f"{desk_url}{start}")
        values[name] = _first_link(page, name)
    page.goto(f"{desk_url}{customer}/bills/{values['bill_id']}")
    records = page.locator("main a[href*='/records?line=']").first.get_attribute("href") or ""
    values["line"] = _found(r"line=(" + ID + ")", records)
    values["order_id"] = _order(page, f"{desk_url}{customer}")
    values["row_id"] = _row_kept_aside(page, desk_url)
    _adjustment(page, f"{desk_url}{customer}")
    return values


_LINKS = {
    "bill_id": rf"/bills/({ID})$",
    "payment_id": rf"/payments/({ID})$",
    "case_id": rf"/cases/({ID})$",
    "offer_id": r"/plans/(\w+)$",
    "run_id": rf"/bill-runs/({ID})$",
    "user_id": rf"/users/({ID})$",
    "name": r"/system/checks/([\w.-]+)$",
    "code": r"/knowledge/(?!new)([\w.-]+)$",
}


def _first_link(page: Page, name: str) -> str:
    links = page.eval_on_selector_all("main a", "found => found.map((a) => a.getAttribute('href'))")
    hits = [found[1] for link in links if link and (found := re.search(_LINKS[name], link))]
    assert hits, f"no {name} on {page.url}"
    return hits[0]


def _found(pattern: str, text: str) -> str:
    hit = re.search(pattern, text)
    assert hit is not None, text
    return hit[1]


def _order(page: Page, customer: str) -> str:
    """An order that changes nothing before the first of next month."""
    page.goto(f"{customer}/orders/new?kind=change_plan&plan=gsm_std&when=next_month")
    page.click("form[action$='/orders/preview'] button.primary")
    page.click("[data-act=confirm-order]")
    page.wait_for_url(re.compile(rf"/orders/{ID}$"))
    order = page.url.rpartition("/")[2]
    page.click("[data-act=undo-order]")
    expect(page.locator("[data-flash]")).to_be_visible()
    return order


def _row_kept_aside(page: Page, desk_url: str) -> str:
    """A row that no mapping can mean."""
    page.goto(f"{desk_url}/intake")
    page.select_option("#f-mapping", "standard")
    row = "key,number,peer,at,service,quantity\nbroken-1,13002208108,022,yesterday,voice,60\n"
    page.set_input_files(
        "#f-file", {"name": "broken.csv", "mimeType": "text/csv", "buffer": row.encode()}
    )
    page.check("#f-force")
    page.click("form[action='/intake'] button.primary")
    expect(page.locator("[data-flash]")).to_be_visible()
    page.goto(f"{desk_url}/quarantine")
    link = page.locator("main a[href^='/quarantine/']").first.get_attribute("href") or ""
    return link.rpartition("/")[2]


def _adjustment(page: Page, customer: str) -> None:
    """One that waits for a second person."""
    page.goto(f"{customer}/adjustments/new")
    page.fill("#f-amount", "1.00")
    page.fill("#f-note", "journey")
    page.click("form[action$='/adjustments/new'] button.primary")
    expect(page.locator("[data-flash]")).to_be_visible()
