"""Double entry: what every customer has and owes, and where each fen came from."""

from yizhan.domain.ledger.events import AmountReserved, ReservationPosted, ReservationVoided
from yizhan.domain.ledger.invariants import INVARIANTS
from yizhan.domain.ledger.jobs import JOBS
from yizhan.domain.ledger.model import (
    AlreadySettled,
    Balance,
    Bucket,
    Entry,
    Expired,
    Holder,
    Insufficient,
    KeyReused,
    Movement,
    NoSuchTransfer,
    State,
    Transfer,
    held,
    house,
)
from yizhan.domain.ledger.queries import (
    balance_of,
    balances_by_name,
    balances_of,
    balances_of_many,
    house_amount,
    list_earnings,
    list_movements,
    list_transfers,
)
from yizhan.domain.ledger.service import open_account, post, post_many, reserve, transfer, void
from yizhan.domain.ledger.words import WORDS

__all__ = [
    "INVARIANTS",
    "JOBS",
    "WORDS",
    "AlreadySettled",
    "AmountReserved",
    "Balance",
    "Bucket",
    "Entry",
    "Expired",
    "Holder",
    "Insufficient",
    "KeyReused",
    "Movement",
    "NoSuchTransfer",
    "ReservationPosted",
    "ReservationVoided",
    "State",
    "Transfer",
    "balance_of",
    "balances_by_name",
    "balances_of",
    "balances_of_many",
    "held",
    "house",
    "house_amount",
    "list_earnings",
    "list_movements",
    "list_transfers",
    "open_account",
    "post",
    "post_many",
    "reserve",
    "transfer",
    "void",
]
