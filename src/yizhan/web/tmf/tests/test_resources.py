"""The three Open APIs as another system meets them."""

from typing import Any

import httpx
import pytest

from yizhan.platform.work import Works
from yizhan.web.tmf.tests.conftest import Town
from yizhan.web.tmf.tests.schemas import problems

CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
TICKETS = "/tmf-api/troubleTicket/v4/troubleTicket"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
RATES = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
ON_DEMAND = "/tmf-api/customerBillManagement/v4/customerBillOnDemand"
ALL = {"customer": CUSTOMERS, "troubleTicket": TICKETS, "customerBill": BILLS,
       "appliedCustomerBillingRate": RATES}  # fmt: skip


async def items(crm: httpx.AsyncClient, address: str, **params: Any) -> list[dict[str, Any]]:
    answer = await crm.get(address, params=params)
    assert answer.status_code in (200, 206), answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize("name", ALL)
async def test_every_resource_is_as_its_schema_says(crm: httpx.AsyncClient, name: str) -> None:
    found = await items(crm, ALL[name])
    assert len(found) == 2
    for one in found:
        assert problems(name, one) == []
        again = await crm.get(one["href"].removeprefix("http://desk"))
        assert again.status_code == 200 and again.json() == one
        assert again.headers["content-type"] == "application/json;charset=utf-8"


async def test_lists_say_how_many_there_are(crm: httpx.AsyncClient) -> None:
    whole = await crm.get(CUSTOMERS)
    assert (whole.status_code, whole.headers["x-total-count"]) == (200, "2")
    part = await crm.get(CUSTOMERS, params={"limit": 1})
    assert part.status_code == 206
    assert part.headers["x-total-count"] == "2" and part.headers["x-result-count"] == "1"
    assert part.headers["content-range"] == "items 0-0/2"
    assert f'<http://desk{CUSTOMERS}?offset=1&limit=1>; rel="next"' in part.headers["link"]
    rest = await crm.get(CUSTOMERS, params={"limit": 1, "offset": 1})
    assert rest.json()[0]["id"] != part.json()[0]["id"]
    assert 'rel="next"' not in rest.headers["link"]
    beyond = await crm.get(CUSTOMERS, params={"offset": 2})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "items */2")
    assert beyond.json()["status"] == "416"


async def test_the_newest_comes_first(crm: httpx.AsyncClient, town: Town) -> None:
    found = await items(crm, CUSTOMERS)
    assert [one["id"] for one in found] == [str(town.works_.id), str(town.wang.id)]


async def test_filters_find_what_they_say(crm: httpx.AsyncClient, town: Town) -> None:
    wang, factory = str(town.wang.id), str(town.works_.id)
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"id": wang}, [wang]),
        ({"href": f"http://desk{CUSTOMERS}/{wang}"}, [wang]),
        ({"name": "王明"}, [wang]),
        ({"name": "王明,天津钢厂"}, [factory, wang]),
        ({"name.ne": "王明"}, [factory]),
        ({"name.regex": "^王"}, [wang]),
        ({"status": "active"}, [factory, wang]),
        ({"status": "closed"}, []),
        ({"account.id": str(town.account.id)}, [wang]),
        ({"engagedParty.id": str(town.wang.party_id)}, [wang]),
        ({"validFor.startDateTime.gt": "2999-01-01"}, []),
        ({"sort": "name"}, [factory, wang]),
        ({"sort": "-name"}, [wang, factory]),
    ]
    for params, expected in cases:
        assert [one["id"] for one in await items(crm, CUSTOMERS, **params)] == expected, params


async def test_tickets_are_found_by_whose_and_what_they_are(
    crm: httpx.AsyncClient, town: Town
) -> None:
    complaint, fault = str(town.complaint.id), str(town.fault.id)
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"relatedParty.id": str(town.wang.id)}, [complaint]),
        ({"ticketType": "fault.voice"}, [fault]),
        ({"status": "pending"}, [fault, complaint]),
        ({"status": "closed,cancelled"}, []),
        ({"creationDate.gt": "2000-01-01T00:00:00.000Z"}, [fault, complaint]),
        ({"externalId": town.fault.number}, [fault]),
    ]
    for params, expected in cases:
        assert [one["id"] for one in await items(crm, TICKETS, **params)] == expected, params
    severities = {one["severity"] for one in await items(crm, TICKETS)}
    for severity in severities:
        found = await items(crm, TICKETS, severity=severity)
        assert {one["severity"] for one in found} == {severity}


async def test_moments_come_back_through_a_filter(crm: httpx.AsyncClient) -> None:
    first = (await items(crm, TICKETS))[0]
    found = await items(crm, TICKETS, **{"creationDate.gte": first["creationDate"]})
    assert first["id"] in [one["id"] for one in found]


async def test_an_unknown_filter_is_refused_and_not_ignored(crm: httpx.AsyncClient) -> None:
    answer = await crm.get(CUSTOMERS, params={"colour": "red"})
    assert answer.status_code == 400
    error = answer.json()
    assert error["status"] == "400" and error["code"] == "invalid" and error["@type"] == "Error"
    assert "colour" in error["message"]
    assert (await crm.get(CUSTOMERS, params={"filter": "x"})).status_code == 501
    assert (await crm.get(CUSTOMERS, params={"name.regex": "("})).status_code == 400


async def test_fields_choose(crm: httpx.AsyncClient, town: Town) -> None:
    answer = await crm.get(f"{TICKETS}/{town.fault.id}", params={"fields": "status"})
    assert set(answer.json()) == {"id", "href", "status"}
    answer = await crm.get(TICKETS, params={"fields": "none"})
    assert all(set(one) == {"id", "href"} for one in answer.json())


@pytest.mark.parametrize("key", ["nothing", "01890000-0000-7000-8000-000000000000", "1-1"])
@pytest.mark.parametrize("address", [CUSTOMERS, TICKETS, BILLS, RATES, ON_DEMAND])
async def test_what_is_not_there_is_an_error_of_the_standard(
    crm: httpx.AsyncClient, address: str, key: str
) -> None:
    answer = await crm.get(f"{address}/{key}")
    assert answer.status_code == 404
    assert {"code", "reason", "message", "status"} <= set(answer.json())


async def test_a_customer_is_made_changed_and_closed(crm: httpx.AsyncClient, works: Works) -> None:
    sent = {
        "name": "Li Na",
        "engagedParty": {"@type": "Individual", "@referredType": "Individual", "name": "Li Na"},
        "contactMedium": [
            {"mediumType": "email", "characteristic": {"emailAddress": "li@example.com"}}
        ],
        "characteristic": [{"name": "student", "value": "true"}, {"name": "tier", "value": "gold"}],
    }
    made = await crm.post(CUSTOMERS, json=sent)
    assert made.status_code == 201, made.text
    body = made.json()
    assert problems("customer", body) == []
    assert made.headers["location"] == body["href"]
    assert {"name": "tier", "value": "gold"}.items() <= body["characteristic"][1].items()
    raised = [{"name": "tier", "value": "diamond"}]
    refused = await crm.patch(f"{CUSTOMERS}/{body['id']}", json={"characteristic": raised})
    assert refused.status_code == 400, refused.text  # the club's, with a right of its own
    patched = await crm.patch(
        f"{CUSTOMERS}/{body['id']}",
        json={"name": "Li Na Na", "contactMedium": []},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert patched.status_code == 200, patched.text
    assert patched.json()["name"] == "Li Na Na" and "contactMedium" not in patched.json()
    assert (await crm.delete(f"{CUSTOMERS}/{body['id']}")).status_code == 204
    kept = await crm.get(f"{CUSTOMERS}/{body['id']}")
    assert kept.json()["status"] == "closed"
    async with works.pool.acquire() as db:
        who = await db.fetchval(
            "SELECT actor_name FROM event WHERE name = 'customers.customer_created'"
            " ORDER BY id DESC LIMIT 1"
        )
    assert who == "CRM"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "engagedParty"),
        ({"engagedParty": {}}, "name"),
        ({"engagedParty": {"name": "x"}, "status": "odd"}, "status"),
        ({"engagedParty": {"name": "x"}, "creditProfile": [{"creditScore": 3}]}, "creditProfile"),
        ({"engagedParty": {"name": "x"}, "contactMedium": [{"mediumType": "pigeon"}]}, "contact"),
        ({"engagedParty": {"name": "x"}, "contactMedium": "phone"}, "contactMedium"),
    ],
)
async def test_a_customer_that_would_lose_something_is_refused(
    crm: httpx.AsyncClient, sent: dict[str, Any], field: str
) -> None:
    answer = await crm.post(CUSTOMERS, json=sent)
    assert answer.status_code == 400
    assert field in answer.text


async def test_a_ticket_is_opened_moved_and_closed(crm: httpx.AsyncClient, town: Town) -> None:
    sent = {
        "description": "No dial tone since the storm.",
        "severity": "major",
        "ticketType": "fault.fixed",
        "externalId": "CRM-77",
        "relatedParty": [
            {"id": str(town.wang.id), "role": "customer", "@referredType": "Customer"}
        ],
        "note": [{"text": "The neighbour has none either."}],
    }
    made = await crm.post(TICKETS, json=sent)
    assert made.status_code == 201, made.text
    body = made.json()
    assert problems("troubleTicket", body) == []
    assert body["severity"] == "major" and body["note"][0]["text"].startswith("The neighbour")
    again = await crm.post(TICKETS, json=sent | {"note": []})
    assert again.json()["id"] == body["id"]
    address = f"{TICKETS}/{body['id']}"
    steps = [
        ({"status": "inProgress"}, "inProgress"),
        ({"status": "held", "statusChangeReason": "third_party"}, "held"),
        ({"status": "inProgress"}, "inProgress"),
        ({"status": "resolved", "statusChangeReason": "The cable was replaced."}, "resolved"),
        ({"status": "closed"}, "closed"),
    ]
    for said, expected in steps:
        answer = await crm.patch(address, json=said)
        assert answer.status_code == 200, (said, answer.text)
        assert answer.json()["status"] == expected
        assert problems("troubleTicket", answer.json()) == []
    told = [one["status"] for one in answer.json()["statusChange"]]
    assert told[-1] == "closed" and "held" in told, told
    assert any(one["text"] == "The cable was replaced." for one in answer.json()["note"])


async def test_internal_notes_stay_inside(crm: httpx.AsyncClient, town: Town) -> None:
    answer = await crm.get(f"{TICKETS}/{town.complaint.id}")
    assert "We look into it." in answer.text and "switch people" not in answer.text


async def test_a_complaint_carries_its_clocks_as_an_extension(
    crm: httpx.AsyncClient, town: Town
) -> None:
    body = (await crm.get(f"{TICKETS}/{town.complaint.id}")).json()
    assert (body["@type"], body["@baseType"]) == ("Complaint", "TroubleTicket")
    schema = await crm.get(body["@schemaLocation"].removeprefix("http://desk"))
    assert schema.status_code == 200
    assert set(schema.json()["properties"]) & set(body) >= {"resolveBy", "escalationLevel"}


async def test_a_note_is_added_and_none_is_taken_away(crm: httpx.AsyncClient, town: Town) -> None:
    address = f"{TICKETS}/{town.complaint.id}"
    before = (await crm.get(address)).json()["note"]
    answer = await crm.patch(address, json={"note": [*before, {"text": "It rang twice."}]})
    assert [one["text"] for one in answer.json()["note"]][-1] == "It rang twice."
    answer = await crm.patch(address, json={"note": []})
    assert answer.status_code == 400


async def test_a_ticket_nobody_owns_is_refused(crm: httpx.AsyncClient) -> None:
    sent = {"description": "x", "severity": "minor", "ticketType": "fault"}
    answer = await crm.post(TICKETS, json=sent)
    assert answer.status_code == 400 and "relatedParty" in answer.text


async def test_an_unknown_attribute_in_a_patch_is_refused(
    crm: httpx.AsyncClient, town: Town
) -> None:
    answer = await crm.patch(f"{TICKETS}/{town.fault.id}", json={"colour": "red"})
    assert answer.status_code == 400
    answer = await crm.patch(
        f"{TICKETS}/{town.fault.id}",
        content=b"[]",
        headers={"Content-Type": "application/json-patch+json"},
    )
    assert answer.status_code == 400


async def test_bills_tell_what_is_open_of_them(crm: httpx.AsyncClient, town: Town) -> None:
    body = (await crm.get(f"{BILLS}/{town.bill_id}")).json()
    assert body["taxIncludedAmount"] == {"unit": "CNY", "value": 220.0}
    assert body["billingPeriod"]["startDateTime"] == "2004-10-31T16:00:00.000Z"
    found = await items(crm, BILLS, **{"billingAccount.id": str(town.account.id)})
    assert [one["taxIncludedAmount"]["value"] for one in found] in ([220.0, 156.0], [156.0, 220.0])
    found = await items(crm, BILLS, **{"taxIncludedAmount.value.gte": "200"})
    assert [one["id"] for one in found] == [str(town.bill_id)]


async def test_the_state_of_a_bill_is_not_set_by_hand(crm: httpx.AsyncClient, town: Town) -> None:
    address = f"{BILLS}/{town.bill_id}"
    state = (await crm.get(address)).json()["state"]
    assert (await crm.patch(address, json={"state": state})).status_code == 200
    other = "settled" if state != "settled" else "onHold"
    assert (await crm.patch(address, json={"state": other})).status_code == 409


async def test_the_rates_of_a_bill_add_up_to_it(crm: httpx.AsyncClient, town: Town) -> None:
    found = await items(crm, RATES, **{"bill.id": str(town.bill_id)})
    assert sum(one["taxIncludedAmount"]["value"] for one in found) == 220.0


async def test_a_bill_on_demand_points_at_the_latest(crm: httpx.AsyncClient, town: Town) -> None:
    answer = await crm.post(ON_DEMAND, json={"billingAccount": {"id": str(town.account.id)}})
    assert answer.status_code == 201, answer.text
    assert problems("customerBillOnDemand", answer.json()) == []
    assert answer.json()["state"] == "done"
    assert answer.json()["customerBill"]["id"] == str(town.bill_id)
    assert len(await items(crm, ON_DEMAND)) == 1


async def test_reading_a_customer_is_kept(crm: httpx.AsyncClient, town: Town, works: Works) -> None:
    await crm.get(f"{CUSTOMERS}/{town.wang.id}")
    async with works.pool.acquire() as db:
        row = await db.fetchrow("SELECT * FROM read_audit WHERE customer_id = $1", town.wang.id)
    assert (row["what"], row["actor_name"]) == ("tmf629.customer", "CRM")
