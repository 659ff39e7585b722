"""An order of goods as it is shown, to its customer and at the counter: the road, the things."""

from typing import Any

import msgspec

from yizhan.domain import catalog, shop
from yizhan.kernel.errors import NotFound
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.page import AnyRequest, words

TONES = {
    "ordered": "warn",
    "paid": "info",
    "packed": "info",
    "sent": "info",
    "handed_over": "good",
    "returned": "",
    "cancelled": "bad",
}
_ROAD = {
    "post": ("ordered", "paid", "packed", "sent", "handed_over"),
    "pickup": ("ordered", "paid", "packed", "handed_over"),
}
_STEPS = {
    "ordered": Text("下单", "Ordered"),
    "paid": Text("付款", "Paid"),
    "packed": Text("备货", "Packed"),
    "sent": Text("寄出", "On its way"),
    "handed_over": Text("交付", "Yours"),
    "returned": Text("退货", "Given back"),
    "cancelled": Text("取消", "Cancelled"),
}


class Step(msgspec.Struct, frozen=True):
    """A place on the road; ``state``: done, now, ahead."""

    words: str
    state: str
    at: Any


def road(request: AnyRequest, order: shop.Order) -> list[Step]:
    """Where an order stands on its way."""
    moments = {
        "ordered": order.placed_at,
        "paid": order.paid_at,
        "packed": order.packed_at,
        "sent": order.sent_at,
        "handed_over": order.handed_over_at,
    }
    names = list(_ROAD[order.delivery])
    state = order.state.value
    if state in ("cancelled", "returned"):
        names = [name for name in names if moments[name] is not None]
        moments[state] = order.closed_at
        names.append(state)
    now = names.index(state)
    return [
        Step(
            words(request, _STEPS[name]),
            "done" if place < now else "now" if place == now else "ahead",
            moments[name] if place <= now else None,
        )
        for place, name in enumerate(names)
    ]


async def order_view(request: AnyRequest, work: UnitOfWork, order: shop.Order) -> dict[str, Any]:
    """An order as both the customer and the staff are shown it."""
    places = {one.code: one for one in await shop.list_places(work)}
    return {
        "order": order,
        "tone": TONES[order.state.value],
        "state_words": words(request, shop.STATES[order.state.value]),
        "delivery_words": words(request, shop.DELIVERIES[order.delivery]),
        "means_words": words(request, shop.MEANS[order.means]),
        "reason_words": words(request, order.reason) if order.reason else "",
        "pickup": order.delivery == "pickup",
        "place": places[order.place],
        "steps": road(request, order),
        "can_return": order.can_return(work.now),
        "plan_order": order.plan_order_id if order.plan_order_id != order.id else None,
        "things": [
            {
                "item": item,
                "goods": await shop.get_goods(work, item.goods),
                "plan": await plan_words(request, work, item.contract_plan),
            }
            for item in order.items
        ],
    }


async def plan_words(request: AnyRequest, work: UnitOfWork, plan_id: str | None) -> str:
    """A plan as people call it; its code when it is not in the catalogue any more."""
    if plan_id is None:
        return ""
    try:
        return words(request, (await catalog.get_offer(work, plan_id)).name)
    except NotFound:
        return plan_id
