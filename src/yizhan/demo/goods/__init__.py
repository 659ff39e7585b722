"""Puts the made-up operator's goods on its shelves, with the doors every operator uses."""

from collections.abc import Mapping
from datetime import timedelta
from importlib import resources
from typing import Any

import yaml

from yizhan.domain import shop
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.money import parse_yuan
from yizhan.kernel.text import Text
from yizhan.platform.work import Works

ON_SALE_FOR = timedelta(days=120)


def read(name: str) -> list[dict[str, Any]]:
    """One of the files here."""
    text = (resources.files("yizhan.demo.goods") / f"{name}.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


async def load(works: Works, catalogue: str) -> int:
    """Write down places, goods and what lies there; how many goods."""
    places, goods = read("places"), read(catalogue)
    async with works.begin(SYSTEM) as work:
        for one in places:
            said = {**one, "name": Text(**one["name"]), "address": Text(**one["address"])}
            await shop.write_place(work, shop.Place(**said))
        since = work.today - ON_SALE_FOR
        for rank, one in enumerate(goods):
            contract = _contract(one.get("contract"))
            await shop.write_goods(
                work,
                shop.Goods(
                    code=one["code"],
                    kind=one["kind"],
                    name=Text(**one["name"]),
                    words=Text(**one["words"]),
                    points=tuple(Text(**point) for point in one["points"]),
                    picture=one["picture"],
                    colour=one["colour"],
                    price_fen=parse_yuan(one["price"], field="price"),
                    sale_from=since,
                    rank=rank,
                    **contract,
                ),
            )
            for place, number in zip(places, one["stock"], strict=True):
                if number:
                    await shop.count(
                        work,
                        place=place["code"],
                        goods=one["code"],
                        on_hand=number,
                        reason="首批到货",
                    )
    return len(goods)


def _contract(said: Mapping[str, Any] | None) -> dict[str, Any]:
    if said is None:
        return {}
    return {
        "contract_fen": parse_yuan(said["price"], field="price"),
        "contract_plan": said["plan"],
        "contract_months": said["months"],
    }
