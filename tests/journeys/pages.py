"""Every page of the desk with an address to open, found by walking from the demo's people."""

from playwright.sync_api import Page

TRADER = "13002208108"
"""The 108 caller of the article."""

FIXED = (
    ("home", "/"),
    ("me", "/me"),
    ("search", "/search?q=李"),
    ("search, nothing", "/search?q=zzzz"),
    ("cases", "/cases"),
    ("my cases", "/cases?view=mine"),
    ("guide", "/guide"),
    ("new customer", "/new-customer"),
    ("approvals", "/approvals"),
    ("plans", "/plans"),
    ("publish", "/plans/new"),
    ("intake", "/intake"),
    ("quarantine", "/quarantine"),
    ("bill runs", "/bill-runs"),
    ("users", "/users"),
    ("role", "/roles/agent"),
    ("new role", "/roles/new"),
    ("clients", "/clients"),
    ("system", "/system"),
    ("audit", "/audit?customer=C1000001"),
)
OF_CUSTOMER = (
    "",
    "/bills",
    "/usage",
    "/advice",
    "/orders",
    "/orders/new",
    "/orders/new?kind=open_line",
    "/orders/new?kind=family_numbers",
    "/orders/new?kind=feature",
    "/cases",
    "/cases/new",
    "/payments",
    "/payments/new",
    "/adjustments/new",
    "/timeline",
    "/edit",
)


def customer_address(page: Page, desk_url: str, number: str = TRADER) -> str:
    """The address of the customer who has *number*, found as an agent would."""
    page.goto(f"{desk_url}/search?q={number}")
    page.wait_for_url("**/customers/**")
    return page.url.removeprefix(desk_url)


def every_page(page: Page, desk_url: str) -> list[tuple[str, str]]:
    """Name and address of every page there is."""
    found = list(FIXED)
    customer = customer_address(page, desk_url)
    found += [(f"customer{path}", f"{customer}{path}") for path in OF_CUSTOMER]
    for name, start, selector in (
        ("bill", f"{customer}/bills", "main table a"),
        ("receipt", f"{customer}/payments", "main table a"),
        ("case", "/cases", "main table a"),
        ("plan", "/plans", "main table a"),
        ("user", "/users", "main table a"),
        ("run", "/bill-runs", "main table a"),
    ):
        page.goto(f"{desk_url}{start}")
        link = page.locator(selector).first
        if link.count() > 0:
            address = link.get_attribute("href")
            assert address is not None
            found.append((name, address))
            if name == "bill":
                page.goto(f"{desk_url}{address}")
                records = page.locator("main table a").first.get_attribute("href")
                assert records is not None
                found.append(("records", records))
    return found
