"""Loads the made-up operator into an empty house, with the doors every operator uses."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from importlib import resources
from typing import Any, ClassVar

import msgspec
import yaml

from yizhan.demo import goods, past
from yizhan.demo.cast import Casting, Member
from yizhan.demo.crew import Crew
from yizhan.demo.people import Person, people
from yizhan.demo.scenes import scenes
from yizhan.demo.talking import Town, add_usage
from yizhan.domain import (
    billing,
    catalog,
    contacts,
    customers,
    knowledge,
    provisioning,
    staff,
    subscriptions,
)
from yizhan.domain.tariff import Plan, parse_all
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.checkdigit import luhn
from yizhan.kernel.events import Event
from yizhan.kernel.ids import NIL
from yizhan.kernel.period import add_months
from yizhan.kernel.text import Text
from yizhan.platform.jobtable import due_now
from yizhan.platform.work import Works

Progress = Callable[[str, int, int], None]
MONTHS = 6
CASES = 24
CARDS = 300
"""SIM cards in stock."""
PEOPLE_AT_A_TIME = 5_000
MONTHS_OF_HEADERS = 3
NUMBERED_FROM = 5_000_000
"""Account numbers of those beyond; far from the ones the house gives by itself."""
ALONE_BELOW = 300
"""Fewer people with usage are made by one process before another has started."""
WITH_USAGE_MAX = 10_000
"""Of a large town only so many have usage records; all have bills."""
PASSWORD = "Tianjin-1001"  # noqa: S105  the demo's, printed for everybody to see


class Login(msgspec.Struct, frozen=True):
    """Somebody who may sign in to the demo."""

    login: str
    password: str
    words: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded."""

    catalogue: str
    subscribers: int
    lines: int
    records: int
    bills: int
    logins: tuple[Login, ...]


class DemoLoaded(Event, frozen=True, kw_only=True):
    """The house holds a made-up operator."""

    name: ClassVar[str] = "demo.loaded"
    catalogue: str
    subscribers: int


_STAFF = (
    ("chen.guang", "陈光", ("agent",), "agent 客服代表（文章里的第一位）"),
    ("wang.fan", "王番", ("agent",), "agent 客服代表（文章里的第二位）"),
    ("li.min", "李敏", ("lead",), "lead 班组长"),
    ("zhao.li", "赵力", ("manager",), "manager 经理"),
    ("sun.rong", "孙蓉", ("finance",), "finance 财务"),
    ("zhou.jie", "周洁", ("clerk",), "clerk 营业员"),
    ("wu.bo", "吴波", ("back_office",), "back office 后台支撑"),
    ("zheng.kai", "郑凯", ("product",), "product 产品经理"),
    ("admin", "管理员", ("admin",), "admin 系统管理员"),
)


async def loaded(works: Works) -> str | None:
    """Which demo the database holds, if any."""
    async with works.read(SYSTEM) as work:
        found = await work.db.fetchval(
            "SELECT payload->>'catalogue' FROM event WHERE customer_id = $1 AND name = $2"
            " ORDER BY id DESC LIMIT 1",
            NIL,
            DemoLoaded.name,
        )
        return str(found) if found is not None else None


async def load(
    works: Works,
    *,
    catalogue: str,
    subscribers: int,
    seed: int,
    progress: Progress,
    with_usage: int = WITH_USAGE_MAX,
    database_url: str | None = None,
) -> Report:
    """Load everything; an operator's house that already has customers must not be given this.

    With the *database_url* of *works* further processes help.
    """
    async with works.read(SYSTEM) as work:
        today = work.today
        tz = work.zone
    worth_it = min(subscribers, with_usage) >= ALONE_BELOW
    async with Crew(works, database_url, worth_it=worth_it) as crew:
        users, plans = await asyncio.gather(
            _staff(works, progress), _catalogue(works, catalogue, progress)
        )
        await goods.load(works, catalogue)
        casting = Casting(catalogue, plans, seed=seed, tz=tz)
        town = _Town(works, casting, today, catalogue, subscribers, seed, progress, with_usage)
        await town.add_people()
        await town.add_passwords()
        records = await add_usage(
            works,
            crew,
            Town(catalogue=catalogue, seed=seed, this_month=town.this_month, months=MONTHS),
            town.cast,
            lambda done, total: progress("usage", done, total),
        )
        billed = MONTHS if subscribers <= with_usage else MONTHS_OF_HEADERS
        members = [member for member, _ in town.cast]
        bills = town.headers + await past.bills_and_payments(
            works,
            crew,
            past.at_work(users["zhou.jie"], "clerk", channel="shop"),
            members,
            [add_months(town.this_month, -n) for n in range(billed, 0, -1)],
            seed=seed,
            told=lambda done: progress("bills", done, billed),
        )
    who = [member.customer.id for member in members[2 : 2 + CASES]]
    await past.concerns(
        works,
        who,
        today=today,
        agent=past.at_work(users["wang.fan"], "agent", channel="desk"),
        lead=past.at_work(users["li.min"], "lead", channel="desk"),
    )
    await past.look_at_members(works, [one.customer.id for one in members if one.scene])
    await past.order_vouchers(
        works, past.at_work(users["sun.rong"], "finance", channel="desk"), today=today
    )
    async with works.begin(SYSTEM) as work:
        work.record(DemoLoaded(customer_id=NIL, catalogue=catalogue, subscribers=subscribers))
        await due_now(work.db, work.now)
    await _analyse(works)
    return Report(
        catalogue=catalogue,
        subscribers=subscribers,
        lines=town.lines,
        records=records,
        bills=bills,
        logins=(
            *(Login(login, PASSWORD, words) for login, _, _, words in _STAFF),
            *(
                Login(one.number, one.service_password, f"customer at /my 客户自助：{one.name}")
                for one in scenes(catalogue)
            ),
        ),
    )


async def _staff(works: Works, progress: Progress) -> dict[str, staff.User]:
    users = {}
    for done, (login, name, roles, _) in enumerate(_STAFF, start=1):
        async with works.begin(SYSTEM) as work:
            users[login] = await staff.create_user(
                work, login=login, name=name, roles=roles, password=PASSWORD, change_due=False
            )
        progress("staff", done, len(_STAFF))
    return users


def documents(catalogue: str) -> list[tuple[str, str]]:
    """The catalogue's files: name and text."""
    folder = resources.files("yizhan.demo") / "catalogues" / catalogue
    return sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    )


def articles() -> list[dict[str, Any]]:
    """What the operator's agents answer, as `knowledge.write` takes it."""
    text = (resources.files("yizhan.demo") / "articles.yaml").read_text(encoding="utf-8")
    return [
        {**one, **{part: Text(**one[part]) for part in ("title", "body", "snippet")}}
        for one in yaml.safe_load(text)
    ]


async def _catalogue(works: Works, catalogue: str, progress: Progress) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    files = dict(documents(catalogue))
    async with works.begin(SYSTEM) as work:
        await catalog.publish_all(work, files)
        for one in articles():
            await knowledge.write(work, base=0, **one)
    for name, text in files.items():
        for thing in parse_all(text, file=name):
            if isinstance(thing, Plan):
                plans[thing.id] = thing
    progress("plans", len(files), len(files))
    return plans


class _Town:
    """The town while it is being filled."""

    def __init__(
        self,
        works: Works,
        casting: Casting,
        today: date,
        catalogue: str,
        subscribers: int,
        seed: int,
        progress: Progress,
        with_usage: int,
    ) -> None:
        self.works, self.casting, self.today = works, casting, today
        self.catalogue, self.count, self.seed = catalogue, subscribers, seed
        self.progress = progress
        self.with_usage = with_usage
        self.lines = 0
        self.headers = 0
        self.cast: list[tuple[Member, Person | None]] = []
        """Those who have usage; a scene's person is None."""
        self.this_month = today.replace(day=1)

    async def add_people(self) -> None:
        """Customers, accounts, lines and numbers, some thousands at a time."""
        scene_members = [
            self.casting.scene(scene, since=add_months(self.this_month, -26))
            for scene in scenes(self.catalogue)
        ]
        self.cast = [(member, None) for member in scene_members]
        await self._add(scene_members)
        batch: list[Member] = []
        made = 0
        for person in people(
            self.count, seed=self.seed, today=self.today, catalogue=self.catalogue
        ):
            with_usage = made < self.with_usage
            number = None if with_usage else f"A{NUMBERED_FROM + person.index}"
            member = self.casting.member(person, account_number=number)
            if with_usage:
                self.cast.append((member, person))
            batch.append(member)
            made += 1
            if len(batch) == PEOPLE_AT_A_TIME:
                await self._add(batch)
                batch = []
                self.progress("customers", made, self.count)
        await self._add(batch)
        self.progress("customers", made, self.count)
        async with self.works.begin(SYSTEM) as work:
            free = (f"1302299{number:04d}" for number in range(3000))
            await subscriptions.bulk_stock(
                work, free, kind=subscriptions.LineKind.MOBILE, area="022"
            )
            await provisioning.add_cards(work, _cards(self.seed), batch="demo")

    async def _add(self, members: Sequence[Member]) -> None:
        if not members:
            return
        async with self.works.begin(SYSTEM) as work:
            await customers.bulk_load(
                work, (member.customer for member in members), record_events=False
            )
            lines = [line for member in members for line in member.lines]
            await subscriptions.bulk_load(work, lines, record_events=False)
            self.lines += len(lines)
            self.headers += await billing.load_headers(work, self._old_bills(members))

    def _old_bills(self, members: Sequence[Member]) -> Iterator[billing.Header]:
        """Three bills without lines for everybody whose usage is not kept here."""
        months = [add_months(self.this_month, -back) for back in range(MONTHS_OF_HEADERS, 0, -1)]
        for member in members:
            account = member.customer.accounts[0]
            if account.number is None:
                continue
            chance = random.Random(f"{self.seed}:bill:{account.number}")
            for start in months:
                issued = datetime.combine(add_months(start, 1), time(2), tzinfo=self.casting.tz)
                total = int(chance.lognormvariate(8.5, 0.6))
                yield billing.Header(
                    member.customer.id, account.id, account.number, 1, start, total, issued
                )

    async def add_passwords(self) -> None:
        """The people of the article can be verified by their service password."""
        cast = scenes(self.catalogue)
        for (member, _), scene in zip(self.cast, cast, strict=False):
            opened = member.customer.created_at
            async with self.works.begin(SYSTEM, now=opened) as work:
                await contacts.set_service_password(
                    work, member.customer.id, scene.service_password
                )


def _cards(seed: int) -> Iterator[provisioning.NewCard]:
    """SIM cards in stock. 89860 is China, 1 this operator, 9 no real series."""
    chance = random.Random(f"{seed}:cards")
    for count in range(CARDS):
        digits = f"8986019{count:012d}"
        yield provisioning.NewCard(
            iccid=digits + luhn(digits),
            imsi=f"460019{count:09d}",
            pin=f"{chance.randrange(10_000):04d}",
            puk=f"{chance.randrange(10**8):08d}",
        )


async def _analyse(works: Works) -> None:
    """Learn how the rows are spread; records of usage are known since they were loaded."""
    async with works.pool.acquire() as db:
        tables = await db.fetch(
            "SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND NOT relispartition"
        )
    await asyncio.gather(
        *(
            works.pool.execute("ANALYZE " + ", ".join(one["name"] for one in tables[part::2]))
            for part in range(2)
        )
    )


__all__ = ["PASSWORD", "DemoLoaded", "Login", "Report", "documents", "load", "loaded"]
