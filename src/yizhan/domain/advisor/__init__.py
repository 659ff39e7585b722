"""The adviser (消费参谋): the last months priced under every plan, compared, explained, kept."""

from yizhan.domain.advisor.events import AdviceGiven
from yizhan.domain.advisor.habits import Habits
from yizhan.domain.advisor.habits import months as months_of_habits
from yizhan.domain.advisor.model import (
    MONTHS_NEEDED,
    Advice,
    BreakEven,
    Candidate,
    Driver,
    Excluded,
    HabitAdvice,
    Month,
    NothingToPrice,
    Priced,
    PricedMonth,
    Verdict,
)
from yizhan.domain.advisor.permissions import PERMISSIONS
from yizhan.domain.advisor.pricing import advise as advise_on
from yizhan.domain.advisor.pricing import candidate, candidates, label, price
from yizhan.domain.advisor.queries import get_advice, list_of_customer
from yizhan.domain.advisor.service import Offer, advise, advise_habits, give
from yizhan.domain.advisor.words import WORDS, amount, dialling_guide, sentences

__all__ = [
    "MONTHS_NEEDED",
    "PERMISSIONS",
    "WORDS",
    "Advice",
    "AdviceGiven",
    "BreakEven",
    "Candidate",
    "Driver",
    "Excluded",
    "HabitAdvice",
    "Habits",
    "Month",
    "NothingToPrice",
    "Offer",
    "Priced",
    "PricedMonth",
    "Verdict",
    "advise",
    "advise_habits",
    "advise_on",
    "amount",
    "candidate",
    "candidates",
    "dialling_guide",
    "get_advice",
    "give",
    "label",
    "list_of_customer",
    "months_of_habits",
    "price",
    "sentences",
]
