"""Lines with their numbers, plans, add-ons and family numbers; and orders still to take effect."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import msgspec

from yizhan.commands._importing.fields import Cells, Column
from yizhan.commands._importing.kinds import KEY, Item, Problem, unknown
from yizhan.commands._importing.rows import Row
from yizhan.domain import catalog, customers, orders, subscriptions
from yizhan.domain.customers import Known, Tally
from yizhan.domain.subscriptions import (
    LineKind,
    NewLine,
    NewProduct,
    NumberTaken,
    ProductKind,
    State,
    StopReason,
)
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

NAMED_MAX = 6
"""How many plans a refusal names in place of one that is not there."""
_OFFER = re.compile(r"([^:\s]{1,80})(?::(\d{1,6}))?")


class _Line(msgspec.Struct, frozen=True):
    party: str
    account: str
    line: NewLine
    user: str


class Lines:
    """Lines of parties and accounts brought before."""

    name = "lines"
    about = "lines of parties and accounts that were imported before"
    prefixes: tuple[str, ...] = ()
    columns: Mapping[str, Column] = {
        "key": KEY,
        "party": Column("key of the party that owns it", required=True),
        "account": Column("key of the account that pays, maybe another party's", required=True),
        "kind": Column("mobile, fixed, data, internet", required=True),
        "number": Column("telephone number, or login of an internet line", required=True),
        "plan": Column("plan, with its version after a colon: gsm_standard:2", required=True),
        "plan_from": Column("on this plan since; default: since it was opened"),
        "term_until": Column("bound to the plan until, like 2005-06-30"),
        "add_ons": Column("like sms_130:1;caller_id:1"),
        "area": Column("area code, like 022"),
        "opened_at": Column("like 2001-05-01; default: now"),
        "state": Column("active (default), testing, silent, kept, closing"),
        "stop_reasons": Column("why it is stopped: arrears;lost;requested;forced;overuse"),
        "family_numbers": Column("by rank, with semicolons"),
        "features": Column("like roaming;caller_display"),
        "user": Column("name of the person who uses it, if not the owner"),
    }

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row."""
        cells.needed("kind")
        kind = cells.choice("kind", LineKind, LineKind.MOBILE)
        opened = cells.moment("opened_at")
        state = cells.choice("state", State, State.ACTIVE)
        if state in (State.CLOSED, State.STOPPED):
            raise Invalid(
                "A closed line is not imported; a stopped one has its state before, and its "
                "stop_reasons.",
                field="state",
            )
        number = subscriptions.clean_number(kind, cells.needed("number"))
        plan = _offer(cells.needed("plan"), "plan", ProductKind.PLAN)
        line = NewLine(
            id=new_id(),
            customer_id=NIL,
            account_id=NIL,
            kind=kind,
            number=number,
            area=cells.text("area")[:20],
            base_state=state,
            stop_reasons=frozenset(
                customers.choice(StopReason, said, field="stop_reasons")
                for said in cells.listing("stop_reasons")
            ),
            opened_at=opened,
            products=(
                msgspec.structs.replace(
                    plan, valid_from=cells.moment("plan_from"), term_until=cells.day("term_until")
                ),
                *(_offer(said, "add_ons", ProductKind.ADD_ON) for said in cells.listing("add_ons")),
            ),
            family_numbers=tuple(
                subscriptions.clean_family_numbers(cells.listing("family_numbers"), own=number)
            ),
            features=tuple(
                customers.clean_word(said, field="features") for said in cells.listing("features")
            ),
        )
        return Item(
            row,
            cells.key(),
            _Line(cells.key("party"), cells.key("account"), line, cells.text("user")),
        )

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """File lines whose owner and account are there and whose number is not held."""
        owners = await customers.known_keys(work, "parties", (one.value.party for one in items))
        payers = await customers.known_keys(work, "accounts", (one.value.account for one in items))
        held = {
            period.number
            for period in await subscriptions.number_periods(
                work, [one.value.line.number for one in items]
            )
            if period.valid_to is None
        }
        offers = await _Offers.named_by(work, items)
        good: list[tuple[str, NewLine]] = []
        problems: list[Problem] = []
        for item in items:
            error = self._trouble(item.value, owners, payers, held) or offers.trouble(
                item.value.line
            )
            if error is not None:
                problems.append(Problem(item.row, error))
                continue
            held.add(item.value.line.number)
            good.append((item.key, await self._line(work, item.value, owners, payers)))
        await subscriptions.bulk_load(work, [line for _, line in good])
        await customers.remember_keys(
            work, self.name, [(key, line.customer_id, line.id) for key, line in good]
        )
        for _, line in good:
            tally.add(line.kind.value)
            tally.add("stopped", 1 if line.stop_reasons else 0)
        return problems

    @staticmethod
    def _trouble(
        said: _Line, owners: Mapping[str, Known], payers: Mapping[str, Known], held: set[str]
    ) -> CareError | None:
        if said.party not in owners:
            return unknown("party", said.party)
        if said.account not in payers:
            return unknown("account", said.account)
        if said.line.number in held:
            return NumberTaken(
                "{number} is held by another line. A number has one line at a time.",
                field="number",
                number=said.line.number,
            )
        return None

    @staticmethod
    async def _line(
        work: UnitOfWork, said: _Line, owners: Mapping[str, Known], payers: Mapping[str, Known]
    ) -> NewLine:
        owner, payer = owners[said.party], payers[said.account]
        user = None
        if said.user:
            party = await customers.add_party(
                work, owner.customer_id, name=said.user, role=customers.PartyRole.USER
            )
            user = party.id
        return msgspec.structs.replace(
            said.line,
            customer_id=owner.customer_id,
            account_id=payer.ref_id,
            payer_customer_id=payer.customer_id,
            user_party_id=user,
        )


class _Offers:
    """The plans and add-ons of the catalogue, each asked for once."""

    def __init__(self, newest: Sequence[catalog.Offer]) -> None:
        self.newest = {offer.id: offer for offer in newest}
        self.found: dict[tuple[str, int], catalog.Offer | None] = {}

    @classmethod
    async def named_by(cls, work: UnitOfWork, items: Sequence[Item]) -> "_Offers":
        """Those these rows name; None: not in the catalogue."""
        offers = cls(await catalog.list_offers(work, limit=2000))
        for item in items:
            for product in item.value.line.products:
                named = (product.plan_id, product.version)
                if named not in offers.found:
                    offers.found[named] = None
                    with suppress(NotFound):
                        offers.found[named] = await catalog.get_offer(work, *named)
        return offers

    def trouble(self, line: NewLine) -> CareError | None:
        """Why this line cannot have what it names."""
        for product in line.products:
            column = "plan" if product.kind is ProductKind.PLAN else "add_ons"
            offer = self.found[product.plan_id, product.version]
            if offer is None or offer.kind != product.kind.value:
                return self._unknown(product, column)
            if line.kind.value not in offer.line_kinds:
                return Invalid(
                    "{plan} is not for {kind} lines.",
                    field=column,
                    plan=product.plan_id,
                    kind=line.kind.value,
                )
        return None

    def _unknown(self, product: NewProduct, column: str) -> Invalid:
        newest = self.newest.get(product.plan_id)
        if newest is not None and newest.kind == product.kind.value:
            return Invalid(
                "There is no {kind} {plan} version {version} in the catalogue; the newest is "
                "{plan}:{newest}. Publish it, or name a version there is.",
                field=column,
                kind=product.kind.value,
                plan=product.plan_id,
                version=product.version,
                newest=newest.version,
            )
        alike = [one.id for one in self.newest.values() if one.kind == product.kind.value]
        near = get_close_matches(product.plan_id, alike, n=NAMED_MAX, cutoff=0.5) or alike
        if not near:
            return Invalid(
                "There is no {kind} {plan} in the catalogue, nor any other. Publish them first "
                "with `yizhan publish`.",
                field=column,
                kind=product.kind.value,
                plan=product.plan_id,
            )
        return Invalid(
            "There is no {kind} {plan} in the catalogue. There is: {known}. "
            "`yizhan publish --list` names them all.",
            field=column,
            kind=product.kind.value,
            plan=product.plan_id,
            known=", ".join(near[:NAMED_MAX]),
        )


def _offer(said: str, column: str, kind: ProductKind) -> NewProduct:
    found = _OFFER.fullmatch(said)
    if found is None:
        raise Invalid(
            "“{said}” is not a plan with its version, like gsm_standard:2.",
            field=column,
            said=said[:80],
        )
    return NewProduct(plan_id=found[1], version=int(found[2] or 1), kind=kind)


class _Order(msgspec.Struct, frozen=True):
    line: str
    change: orders.Change


class Orders:
    """Orders that were taken elsewhere and are still to take effect."""

    name = "orders"
    about = "orders taken elsewhere, still to take effect, on lines that were imported before"
    prefixes: tuple[str, ...] = ()
    columns: Mapping[str, Column] = {
        "key": KEY,
        "line": Column("key of the line", required=True),
        "change": Column(
            "change_plan, add_on, drop_add_on, suspend, resume, loss, family_numbers, feature",
            required=True,
        ),
        "plan": Column("for change_plan: like gsm_standard:2; without a version the newest"),
        "add_on": Column("for add_on and drop_add_on"),
        "when": Column("now or next_month"),
        "numbers": Column("for family_numbers, with semicolons"),
        "feature": Column("for feature"),
        "on": Column("for feature: yes or no"),
    }

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row."""
        said: dict[str, Any] = {"kind": cells.needed("change")}
        if when := cells.text("when"):
            said["when"] = when
        for column, name in (("plan", "plan_id"), ("add_on", "add_on_id")):
            if offer := cells.text(column):
                product = _offer(offer, column, ProductKind.PLAN)
                said[name] = product.plan_id
                said["version"] = product.version if ":" in offer else None
        if said["kind"] == "family_numbers":
            said["numbers"] = cells.listing("numbers")
        if said["kind"] == "feature":
            said["feature"], said["on"] = cells.needed("feature"), cells.flag("on")
        try:
            change = orders.parse(said)
        except Invalid as error:
            raise Invalid(error.message, field="change", **error.facts) from None
        if isinstance(change, orders.OpenLine):
            raise Invalid("A new line is imported as a line, not as an order.", field="change")
        return Item(row, cells.key(), _Order(cells.key("line"), change))

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """Place each order as if it were confirmed now; what the rules refuse is refused here."""
        lines = await customers.known_keys(work, "lines", (one.value.line for one in items))
        problems: list[Problem] = []
        for item in items:
            line = lines.get(item.value.line)
            if line is None:
                problems.append(Problem(item.row, unknown("line", item.value.line)))
                continue
            try:
                async with work.attempt():
                    seen = await orders.preview(work, line.ref_id, item.value.change)
                    order = await orders.place(
                        work,
                        line.ref_id,
                        item.value.change,
                        confirmed=seen.token,
                        key=f"import/{item.key}"[:100],
                    )
            except CareError as error:
                problems.append(Problem(item.row, error))
                continue
            await customers.remember_keys(work, self.name, [(item.key, line.customer_id, order.id)])
            tally.add(item.value.change.kind)
        return problems
