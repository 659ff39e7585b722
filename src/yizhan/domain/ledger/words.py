"""The ledger's events in words, for the timeline."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "ledger.amount_reserved": Text(
        zh="已预留 {amount_fen} 元，有效至 {expires_at}",
        en="{amount_fen} yuan reserved until {expires_at}",
    ),
    "ledger.reservation_posted": Text(
        zh="预留金额已入账 {amount_fen} 元，释放 {released_fen} 元",
        en="{amount_fen} yuan of a reservation posted, {released_fen} yuan released",
    ),
    "ledger.reservation_voided": Text(
        zh="预留的 {amount_fen} 元已释放",
        en="A reservation of {amount_fen} yuan was released",
    ),
}
