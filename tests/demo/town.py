"""The demo's catalogues and people as values, for tests that need no database."""

from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import yizhan.demo
from yizhan.demo.scenes import Scene
from yizhan.demo.traffic import Cdr
from yizhan.domain import advisor
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import AddOn, Plan, Service, parse_all
from yizhan.kernel.ids import new_id
from yizhan.kernel.period import add_months

TZ = ZoneInfo("Asia/Shanghai")
CATALOGUES = Path(yizhan.demo.__file__).parent / "catalogues"
LAST = date(2026, 10, 1)


@cache
def catalogue(name: str) -> tuple[dict[str, Plan], dict[str, AddOn]]:
    plans: dict[str, Plan] = {}
    add_ons: dict[str, AddOn] = {}
    for file in sorted((CATALOGUES / name).glob("*.yaml")):
        for thing in parse_all(file.read_text(encoding="utf-8"), file=file.name):
            if isinstance(thing, Plan):
                plans[thing.id] = thing
            elif isinstance(thing, AddOn):
                add_ons[thing.id] = thing
    return plans, add_ons


def usage(record: Cdr) -> Usage:
    return Usage(
        id=new_id(),
        line_id=UUID(int=1),
        at=record.at,
        service=Service(record.service),
        quantity=record.quantity,
        direction=record.direction,
        access=record.access,
        zone=record.zone,
        net=record.net,
        roam=record.roam,
        place=record.place,
        peer=record.peer,
        partner=record.partner,
        amount=record.amount_fen,
    )


def history(scene: Scene, months: int = 6) -> list[advisor.Month]:
    out = []
    for back in range(months - 1, -1, -1):
        start = add_months(LAST, -back)
        records = scene.records(start, TZ, back == 0)
        out.append(advisor.Month(start, add_months(start, 1), [usage(r) for r in records]))
    return out


def choices(name: str, records: list[Usage], **facts: object) -> list[advisor.Candidate]:
    from yizhan.domain.tariff import unmet

    plans, add_ons = catalogue(name)
    on_sale = [
        plan
        for plan in plans.values()
        if plan.kind == "mobile" and plan.on_sale(LAST) and not unmet(plan, facts)
    ]
    return list(advisor.candidates(on_sale, add_ons, records))
