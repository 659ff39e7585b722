"""From people to rows: the customers, accounts, lines and plans of the made-up town."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.demo.people import Person
from yizhan.demo.scenes import Scene
from yizhan.demo.traffic import friends_of
from yizhan.domain.customers import (
    ContactKind,
    DocumentKind,
    NewAccount,
    NewCustomer,
    NewDocument,
    Origin,
    PartyKind,
    PaymentKind,
    Segment,
    Tier,
)
from yizhan.domain.subscriptions import LineKind, NewLine, NewProduct, ProductKind
from yizhan.domain.tariff import Plan
from yizhan.platform.bulkids import fresh_ids

_PREFIX = {"2004": "1301", "today": "1861"}
_CHOICES = {
    "2004": {
        "ordinary": (("gsm_std", 40), ("zhuoyue", 20), ("ruyitong", 30), ("xiuxian", 10)),
        "student": (("campus_a", 35), ("campus_b", 25), ("xinshili", 30), ("ruyitong", 10)),
        "trader": (("zhuoyue", 50), ("cdma_198", 30), ("gsm_std", 20)),
        "traveller": (("cdma_198", 50), ("gsm_std", 50)),
        "pensioner": (("gsm_std", 40), ("ruyitong", 60)),
        "heavy_data": (("cdma_198", 60), ("gsm_std", 40)),
        "family": (("gsm_std", 50), ("ruyitong", 50)),
    },
    "today": {
        "ordinary": (
            ("easy_39", 30), ("easy_59", 30), ("light_19", 15), ("ice_99", 10), ("easy_99", 15),
        ),
        "student": (("campus_29", 60), ("easy_39", 40)),
        "trader": (("easy_99", 40), ("fuse_129", 30), ("top_199", 30)),
        "traveller": (("easy_99", 60), ("top_199", 40)),
        "pensioner": (("senior_19", 60), ("keep_8", 20), ("easy_39", 20)),
        "heavy_data": (("easy_99", 40), ("fuse_129", 30), ("top_199", 20), ("easy_39", 10)),
        "family": (("family_49", 50), ("fuse_129", 50)),
    },
}  # fmt: skip
_BESIDE = {"2004": ("fixed_std", "adsl"), "today": ("fixed_10", "broadband_300")}
_LEASED = {"2004": "leased_data", "today": "line_100"}
_ADD_ON = {"2004": ("caller_id", {"gsm_std", "zhuoyue"}), "today": ("pack_5g", {"easy_39"})}


class Member(msgspec.Struct, frozen=True):
    """One person as rows, with the mobile line his usage belongs to."""

    customer: NewCustomer
    lines: tuple[NewLine, ...]
    mobile: UUID
    plan: str
    family: tuple[str, ...]
    scene: str = ""
    """Its part in the story, if it has one."""


class Casting:
    """Gives people their numbers, accounts and plans; the same people get the same."""

    def __init__(self, catalogue: str, plans: dict[str, Plan], *, seed: int, tz: ZoneInfo) -> None:
        self.catalogue = catalogue
        self.plans = plans
        self.seed = seed
        self.tz = tz
        self.ids: Iterator[UUID] = fresh_ids()

    def number(self, index: int) -> str:
        """The mobile number of the person with this index."""
        return f"{_PREFIX[self.catalogue]}{2_000_000 + index:07d}"

    def member(self, person: Person, *, account_number: str | None = None) -> Member:
        """A person of the town; with an account number of its own, or the next free one."""
        chance = random.Random(f"{self.seed}:cast:{person.index}")
        options = _CHOICES[self.catalogue][person.archetype]
        plan = chance.choices([key for key, _ in options], [weight for _, weight in options])[0]
        opened = datetime.combine(person.since, time(10), tzinfo=self.tz)
        prepaid = self.plans[plan].payment == "prepaid"
        account = NewAccount(
            id=next(self.ids),
            payment_kind=PaymentKind.PREPAID if prepaid else PaymentKind.POSTPAID,
            credit_limit_fen=0 if prepaid else 50_000,
            number=account_number,
        )
        extra: tuple[tuple[str, str, Origin], ...] = ()
        beside = prepaid is False and person.index % 12 == 0
        if person.archetype == "pensioner":
            extra = (("age_band", "60+", Origin.DOCUMENT),)
        elif person.archetype == "student":
            extra = (
                ("student", "true", Origin.DOCUMENT),
                ("home_province", person.home_province, Origin.DOCUMENT),
            )
        customer = NewCustomer(
            id=next(self.ids),
            name=person.name,
            since=person.since,
            kind=PartyKind.ORGANISATION if person.organisation else PartyKind.PERSON,
            gender=None if person.organisation else ("m" if person.male else "f"),
            birth_date=None if person.organisation else person.birth_date,
            tier=_tier(person),
            segment=Segment.BUSINESS if person.organisation else Segment.PERSONAL,
            created_at=opened,
            accounts=(account,),
            documents=()
            if person.organisation
            else (NewDocument(kind=DocumentKind.RESIDENT_ID, number=person.document),),
            contacts=((ContactKind.PHONE, self.number(person.index)),),
            attributes=extra,
            consents=("service_notices",),
        )
        family = self._family(plan, person)
        mobile = self._line(customer, account, LineKind.MOBILE, self.number(person.index), plan,
                            opened, family)  # fmt: skip
        lines = [mobile]
        if beside:
            fixed, internet = _BESIDE[self.catalogue]
            number = f"0222{6_000_000 + person.index:07d}"
            lines += [
                self._line(customer, account, LineKind.FIXED, number, fixed, opened),
                self._line(customer, account, LineKind.INTERNET, f"tj{person.index:07d}", internet,
                           opened),
            ]  # fmt: skip
        if person.organisation:
            lines.append(
                self._line(customer, account, LineKind.DATA, f"0229{person.index:07d}",
                           _LEASED[self.catalogue], opened)
            )  # fmt: skip
        return Member(customer, tuple(lines), mobile.id, plan, family)

    def scene(self, scene: Scene, *, since: date) -> Member:
        """A person of the article."""
        opened = datetime.combine(since, time(10), tzinfo=self.tz)
        account = NewAccount(
            id=next(self.ids), payment_kind=PaymentKind.POSTPAID, credit_limit_fen=50_000
        )
        contacts = [(ContactKind.PHONE, scene.number)]
        if scene.email:
            contacts.append((ContactKind.EMAIL, scene.email))
        customer = NewCustomer(
            id=next(self.ids),
            name=scene.name,
            since=since,
            gender=scene.gender,
            birth_date=scene.birth_date,
            tier=Tier(scene.tier),
            created_at=opened,
            accounts=(account,),
            documents=(NewDocument(kind=DocumentKind.RESIDENT_ID, number=scene.document),),
            contacts=tuple(contacts),
            attributes=tuple(
                (name, value, Origin.DOCUMENT) for name, value in scene.attributes.items()
            ),
            consents=("service_notices",),
        )
        mobile = self._line(customer, account, LineKind.MOBILE, scene.number, scene.plan, opened)
        return Member(customer, (mobile,), mobile.id, scene.plan, (), scene.key)

    def _family(self, plan: str, person: Person) -> tuple[str, ...]:
        allowed = self.plans[plan].family
        return () if allowed is None else friends_of(person)[: min(2, allowed.numbers)]

    def _line(
        self,
        customer: NewCustomer,
        account: NewAccount,
        kind: LineKind,
        number: str,
        plan: str,
        opened: datetime,
        family: tuple[str, ...] = (),
    ) -> NewLine:
        products = [NewProduct(plan_id=plan)]
        add_on, carriers = _ADD_ON[self.catalogue]
        if plan in carriers and int(number[-1], 36) % 3 == 0 and number[:6] != "130022":
            products.append(NewProduct(plan_id=add_on, kind=ProductKind.ADD_ON))
        return NewLine(
            id=next(self.ids),
            customer_id=customer.id,
            kind=kind,
            number=number,
            account_id=account.id,
            area="022",
            opened_at=opened,
            products=tuple(products),
            family_numbers=family,
        )


def _tier(person: Person) -> Tier:
    """By spend, roughly as the club would: those who talk most."""
    if person.minutes > 900:
        return Tier.DIAMOND
    if person.minutes > 500:
        return Tier.GOLD
    if person.minutes > 300:
        return Tier.SILVER
    return Tier.NONE
