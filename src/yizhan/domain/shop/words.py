"""The shop in words, for the timeline and the pages."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "shop.ordered": Text(
        "商城订单 {number}：{summary}，{amount_fen} 元，{delivery}，为您保留至 {held_until}",
        "Shop order {number}: {summary}, {amount_fen} yuan, {delivery}, kept until {held_until}",
    ),
    "shop.paid": Text(
        "商城订单 {number} 已付款 {amount_fen} 元（{means}）",
        "Shop order {number} paid: {amount_fen} yuan ({means})",
    ),
    "shop.packed": Text("商城订单 {number} 已备货", "Shop order {number} is packed"),
    "shop.sent": Text(
        "商城订单 {number} 已寄出，运单 {parcel}", "Shop order {number} was sent, parcel {parcel}"
    ),
    "shop.handed_over": Text(
        "商城订单 {number} 已交付，{return_until} 前可无理由退货",
        "Shop order {number} handed over; it may be given back until {return_until}",
    ),
    "shop.return_asked": Text(
        "商城订单 {number} 申请退货 {note}", "Shop order {number} is to be given back {note}"
    ),
    "shop.returned": Text(
        "商城订单 {number} 已退货，退款 {amount_fen} 元",
        "Shop order {number} came back; {amount_fen} yuan are refunded",
    ),
    "shop.cancelled": Text(
        "商城订单 {number} 已取消：{reason}", "Shop order {number} cancelled: {reason}"
    ),
    "shop.paid_too_late": Text(
        "商城订单 {number} 的 {amount_fen} 元到账过晚或重复，原路退回",
        "{amount_fen} yuan for shop order {number} came too late or twice and go back",
    ),
    "shop.money_lost": Text(
        "支付方收回商城订单 {number} 的 {amount_fen} 元，货已发出",
        "The provider took back {amount_fen} yuan for shop order {number} after it had left",
    ),
    "shop.stock_counted": Text(
        "{place} 的 {goods} 盘点：{before} → {after}（{reason}）",
        "{goods} counted at {place}: {before} to {after} ({reason})",
    ),
    "shop.goods_written": Text(
        "商品 {goods} 已更新，售价 {price_fen} 元",
        "Goods {goods} written down at {price_fen} yuan",
    ),
}
STATES: Mapping[str, Text] = {
    "ordered": Text("待付款", "waits for payment"),
    "paid": Text("已付款", "paid"),
    "packed": Text("已备货", "packed"),
    "sent": Text("已寄出", "on its way"),
    "handed_over": Text("已交付", "handed over"),
    "returned": Text("已退货", "returned"),
    "cancelled": Text("已取消", "cancelled"),
}
DELIVERIES: Mapping[str, Text] = {
    "post": Text("寄送到家", "sent by post"),
    "pickup": Text("到店自取", "picked up at a shop"),
}
MEANS: Mapping[str, Text] = {
    "online": Text("在线支付", "online"),
    "account": Text("计入话费账户", "on account"),
}
KIND_WORDS: Mapping[str, Text] = {
    "handset": Text("手机", "Handsets"),
    "sim": Text("SIM 卡", "SIM cards"),
    "accessory": Text("配件", "Accessories"),
}
MOVEMENTS: Mapping[str, Text] = {
    "reserved": Text("为订单保留", "kept for an order"),
    "released": Text("解除保留", "free again"),
    "out": Text("出库", "went out"),
    "back": Text("退货入库", "came back"),
    "counted": Text("盘点", "counted"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {"delivery": DELIVERIES, "means": MEANS}
NOT_PAID = Text("未在保留时间内付款", "not paid while it was kept")
CHANGED_MIND = Text("客户取消", "the customer let it be")
TAKEN_BACK = Text("支付方收回款项", "the provider took the money back")


def no_plan(reason: Text) -> Text:
    """Why an order with a contract ends."""
    return Text(f"合约套餐无法办理：{reason.zh}", f"the plan cannot be had: {reason.en}")
