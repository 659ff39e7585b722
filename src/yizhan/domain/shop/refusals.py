"""Why the shop says no: each refusal by its own code."""

from yizhan.kernel.errors import Conflict, NotFound, Refused


class NoSuchGoods(NotFound):
    """Nothing of that name is or was sold."""

    code = "shop.no_such_goods"


class NoSuchOrder(NotFound):
    """No order like that, or not yours."""

    code = "shop.no_such_order"


class NotOnSale(Refused):
    """It is not sold today."""

    code = "shop.not_on_sale"


class SoldOut(Refused):
    """There are not so many left at that place."""

    code = "shop.sold_out"


class PriceChanged(Conflict):
    """It costs something else than was shown."""

    code = "shop.price_changed"


class NotOnAccount(Refused):
    """It cannot be put on the bill."""

    code = "shop.not_on_account"


class WrongCode(Refused):
    """The code for picking up is another."""

    code = "shop.wrong_code"


class TooLate(Refused):
    """The time for it is over."""

    code = "shop.too_late"


class PlanNotNow(Refused):
    """The plan that belongs to the price cannot be had."""

    code = "shop.plan_not_now"
