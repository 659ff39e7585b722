"""What a resource must look like: TM Forum's own specification where it lies beside the
repository, and a compact one of ours everywhere."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

ROOT = Path(__file__).parents[5]
SPECS = ROOT.parent / "shared" / "tmf" / "specs"
FILES = {
    "customer": ("TMF629-Customer-v4.0.0.json", "Customer"),
    "troubleTicket": ("TMF621-TroubleTicket-v4.0.0.json", "TroubleTicket"),
    "customerBill": ("TMF678-CustomerBill-v4.0.0.json", "CustomerBill"),
    "appliedCustomerBillingRate": (
        "TMF678-CustomerBill-v4.0.0.json",
        "AppliedCustomerBillingRate",
    ),
    "customerBillOnDemand": ("TMF678-CustomerBill-v4.0.0.json", "CustomerBillOnDemand"),
}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
TEXT = {"type": "string", "minLength": 1}
MONEY = {
    "type": "object",
    "required": ["unit", "value"],
    "properties": {
        "unit": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "value": {"type": "number"},
    },
}
PERIOD = {
    "type": "object",
    "properties": {"startDateTime": MOMENT, "endDateTime": MOMENT},
    "additionalProperties": False,
}


def _of(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": {
            "id": TEXT,
            "href": {"type": "string", "pattern": "^http"},
            "@type": TEXT,
            **properties,
        },
    }


COMPACT: dict[str, dict[str, Any]] = {
    "customer": _of(
        "id href name status engagedParty @type",
        name=TEXT,
        engagedParty=_of("id @referredType name"),
        account={"type": "array", "items": _of("id name")},
        contactMedium={"type": "array", "items": _of("mediumType characteristic")},
        characteristic={"type": "array", "items": _of("name value")},
        validFor=PERIOD,
    ),
    "troubleTicket": _of(
        "id href description severity ticketType status creationDate relatedParty @type",
        creationDate=MOMENT,
        lastUpdate=MOMENT,
        expectedResolutionDate=MOMENT,
        status={
            "enum": [
                "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled",
                "closed", "resolved",
            ]
        },
        note={"type": "array", "items": _of("id text date", date=MOMENT)},
        relatedParty={"type": "array", "minItems": 1, "items": _of("id @referredType role")},
        statusChange={"type": "array", "items": _of("status changeDate", changeDate=MOMENT)},
    ),
    "customerBill": _of(
        "id href billNo state billingAccount billDocument amountDue taxIncludedAmount @type",
        state={
            "enum": ["new", "onHold", "validated", "sent", "partiallyPaid", "settled"]
        },
        amountDue=MONEY,
        remainingAmount=MONEY,
        taxIncludedAmount=MONEY,
        billDate=MOMENT,
        billingPeriod=PERIOD,
    ),
    "appliedCustomerBillingRate": _of(
        "id href isBilled bill taxIncludedAmount @type",
        isBilled={"type": "boolean"},
        bill=_of("id"),
        taxIncludedAmount=MONEY,
        periodCoverage=PERIOD,
    ),
    "customerBillOnDemand": _of(
        "id href state @type",
        state={"enum": ["inProgress", "rejected", "done", "terminatedWithError"]},
    ),
}  # fmt: skip


@cache
def _published(file: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((SPECS / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def problems(name: str, body: Any) -> list[str]:
    """What is wrong with *body* as a resource *name*, by both schemas."""
    file, definition = FILES[name]
    found = [_said(one) for one in Draft4Validator(COMPACT[name]).iter_errors(body)]
    published = _published(file)
    if published is not None:
        schema = {
            "$ref": f"#/definitions/{definition}",
            "definitions": published["definitions"],
        }
        found += [_said(one) for one in Draft4Validator(schema).iter_errors(body)]
        known = set(published["definitions"][definition]["properties"])
        extension = {"Complaint"} & {str(body.get("@type"))}
        found += [] if extension else [f"unknown: {key}" for key in body if key not in known]
    return found


def event_problems(name: str, kind: str, body: Any) -> list[str]:
    """What is wrong with an event, by the published schema where it is there."""
    published = _published(FILES[name][0])
    definitions = published["definitions"] if published else {}
    if kind not in definitions:
        return []
    schema = {"$ref": f"#/definitions/{kind}", "definitions": definitions}
    return [_said(one) for one in Draft4Validator(schema).iter_errors(body)]


def _said(error: Any) -> str:
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
