"""The whole JSON API under made-up requests: no 5xx, no answer its own description does not know.

Requests are made by schemathesis from the OpenAPI document the running house hands out. A made-up
id finds nothing, so ids are mostly those of rows the house has, all of one customer: requests come
through to where things are done.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings

from yizhan import main
from yizhan.bench.desk import House
from yizhan.domain import assurance
from yizhan.kernel.actor import SYSTEM

PROBLEMS_MAX = 50
KEY = "Idempotency-Key"
CHANGES: tuple[dict[str, Any], ...] = (
    {"kind": "feature", "feature": "caller_display", "on": True},
    {"kind": "feature", "feature": "roaming", "on": False},
    {"kind": "suspend"},
    {"kind": "resume"},
    {"kind": "loss"},
    {"kind": "family_numbers", "numbers": []},
    {"kind": "change_sim"},
    {"kind": "close_line"},
)
"""The document says of a change only that it is an object."""
REAL_SHARE = 0.85
_WHOSE = {
    "account_id": "SELECT customer_id, id FROM account",
    "line_id": "SELECT customer_id, id FROM line",
    "bill_id": "SELECT customer_id, id FROM bill",
    "payment_id": "SELECT customer_id, id FROM payment",
    "order_id": "SELECT customer_id, id FROM care_order",
    "case_id": "SELECT customer_id, id FROM care_case",
    "contact_id": "SELECT customer_id, id FROM contact",
    "document_id": "SELECT customer_id, id FROM identity_document",
    "point_id": "SELECT customer_id, id FROM contact_point",
    "intent_id": "SELECT customer_id, id FROM checkout_intent",
    "refund_id": "SELECT customer_id, id FROM checkout_refund",
    "token_id": "SELECT customer_id, id FROM checkout_token",
    "adjustment_id": "SELECT customer_id, id FROM adjustment",
    "number": "SELECT customer_id, number FROM line_number",
}
_ANYBODYS = {
    "plan_id": "SELECT DISTINCT id FROM catalog_offer",
    "user_id": "SELECT id FROM staff_user",
    "batch_id": "SELECT id FROM voucher_batch",
    "run_id": "SELECT id FROM bill_run",
    "row_id": "SELECT id FROM usage_quarantine",
    "name": "SELECT name FROM staff_role",
    "class_code": "SELECT code FROM case_class",
}


class Problem(msgspec.Struct, frozen=True):
    """An answer that may not be, with what was asked, to be asked again."""

    operation: str
    status: int
    what: str
    asked: str
    answer: str


class Said(msgspec.Struct):
    """What came of it all."""

    operations: int = 0
    examples: int = 0
    seconds: float = 0.0
    server_errors: int = 0
    undocumented: int = 0
    statuses: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[Problem] = msgspec.field(default_factory=list)
    never_done: list[str] = msgspec.field(default_factory=list)
    """Operations that were refused whatever was asked."""
    broken_invariants: list[str] = msgspec.field(default_factory=list)


class Rows:
    """Ids there are, by customer and by name of the parameter."""

    def __init__(self) -> None:
        self.whose: dict[str, list[tuple[Any, str]]] = {}
        self.of: dict[Any, dict[str, list[str]]] = {}
        self.anybodys: dict[str, list[str]] = {}

    async def read(self, url: str) -> None:
        """Look again: what was made by requests is found by those that come after."""
        connection = await asyncpg.connect(url)
        self.of = {}
        try:
            for name, sql in _WHOSE.items():
                rows = [tuple(row) for row in await connection.fetch(f"{sql} LIMIT 2000")]
                self.whose[name] = [(of, str(value)) for of, value in rows]
                for of, value in rows:
                    self.of.setdefault(of, {}).setdefault(name, []).append(str(value))
            for name, sql in _ANYBODYS.items():
                rows = await connection.fetch(f"{sql} LIMIT 200")
                self.anybodys[name] = [str(row[0]) for row in rows]
        finally:
            await connection.close()

    def place(self, chance: random.Random, *wheres: Any) -> None:
        """Put ids of one customer wherever one is asked for."""
        fields = [where for where in wheres if isinstance(where, dict)]
        names = {name for where in fields for name in where}
        wanted = sorted(name for name in names if self.whose.get(name))
        if wanted:
            of, _ = chance.choice(self.whose[chance.choice(wanted)])
        elif self.of:
            of = chance.choice(list(self.of))
        else:
            return
        own = {"customer_id": [str(of)], **self.of[of], **self.anybodys}
        for where in fields:
            for name in where:
                if own.get(name) and chance.random() < REAL_SHARE:
                    where[name] = chance.choice(own[name])


async def whole_api(
    there: House, *, examples: int, first_seed: int = 1, told: Callable[[str], None]
) -> Said:
    """*examples* requests to each operation, in an order in which things are made before used."""
    import asyncio

    rows = Rows()
    said = Said()
    began = time.monotonic()
    for number, operation in enumerate(await asyncio.to_thread(_operations, there)):
        if number % 15 == 0:
            await rows.read(there.url)
            told(f"{number} operations, {said.examples} requests")
        await asyncio.to_thread(_ask, said, operation, rows, there, examples, first_seed + number)
    said.seconds = round(time.monotonic() - began, 1)
    async with main.open_works(there.settings, connections=2) as works, works.begin(SYSTEM) as work:
        looked = await assurance.look_at_all(work)
    said.broken_invariants = [f"{one.name} {one.error}".strip() for one in looked if not one.holds]
    return said


_ORDER = {"post": 0, "put": 1, "patch": 1, "get": 2, "delete": 3}


def _operations(there: House) -> list[Any]:
    import schemathesis

    schema = schemathesis.openapi.from_url(
        f"http://{there.host}:{there.port}/api/openapi.json", wait_for_schema=10
    )
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return sorted(found, key=lambda one: (_ORDER[one.method.lower()], one.path))


def _ask(said: Said, operation: Any, rows: Rows, there: House, examples: int, number: int) -> None:
    chance = random.Random(number)
    wants_key = any(one.name == KEY for one in operation.headers)
    done = 0

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        nonlocal done
        rows.place(chance, case.path_parameters, case.query, case.body)
        if isinstance(case.body, dict) and "change" in case.body and chance.random() < REAL_SHARE:
            case.body["change"] = chance.choice(CHANGES)
        if wants_key and chance.random() < REAL_SHARE:
            case.headers = {**(case.headers or {}), KEY: f"{number}-{chance.random()}"}
        done += _judge(said, operation, case, there)

    one()
    said.operations += 1
    if not done:
        said.never_done.append(operation.label)


def _judge(said: Said, operation: Any, case: Any, there: House) -> int:
    """Ask once and note what may not be; 1 if it was done."""
    from schemathesis.checks import load_all_checks
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    load_all_checks()
    answer = case.call(
        base_url=f"http://{there.host}:{there.port}",
        headers={"Authorization": f"Bearer {there.every_right}"},
        timeout=60,
    )
    said.examples += 1
    said.statuses[str(answer.status_code)] += 1
    wrong = []
    if answer.status_code >= 500:
        said.server_errors += 1
        wrong.append("server error")
    else:
        try:
            case.validate_response(
                answer,
                checks=[
                    status_code_conformance,
                    content_type_conformance,
                    response_schema_conformance,
                ],
            )
        except FailureGroup as failures:
            said.undocumented += 1
            wrong += [str(failure)[:600] for failure in failures.exceptions]
    if len(said.problems) < PROBLEMS_MAX:
        said.problems += [
            Problem(
                operation.label, answer.status_code, what,
                case.as_curl_command({"Authorization": "Bearer …"})[:600], answer.text[:400],
            )
            for what in wrong
        ]  # fmt: skip
    return int(200 <= answer.status_code < 300)


def lines_of(said: Said) -> Iterator[str]:
    """The problems in words."""
    for one in said.problems:
        yield f"{one.operation} {one.status}: {one.what}\n  {one.asked}\n  {one.answer}"
    for name in said.broken_invariants:
        yield f"broken afterwards: {name}"
