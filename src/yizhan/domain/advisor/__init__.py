"""The adviser (消费参谋): the last months priced under every plan, compared, explained, kept."""

from yizhan.domain.advisor.advising import advise as advise_on
from yizhan.domain.advisor.candidates import candidate, candidates, label
from yizhan.domain.advisor.events import AdviceGiven
from yizhan.domain.advisor.habits import Habits
from yizhan.domain.advisor.habits import months as months_of_habits
from yizhan.domain.advisor.history import digest, months_of, not_counted, seen, whole_months
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
    NotTheirLine,
    Priced,
    PricedMonth,
    Verdict,
)
from yizhan.domain.advisor.offer import Offer, offer, withdrawn
from yizhan.domain.advisor.permissions import PERMISSIONS
from yizhan.domain.advisor.pricing import price
from yizhan.domain.advisor.queries import Given, get_advice, list_of_customer
from yizhan.domain.advisor.service import advise, advise_habits, give
from yizhan.domain.advisor.store import as_evidence
from yizhan.domain.advisor.words import WORDS, amount, dialling_guide, gist, sentences

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
    "Given",
    "HabitAdvice",
    "Habits",
    "Month",
    "NotTheirLine",
    "NothingToPrice",
    "Offer",
    "Priced",
    "PricedMonth",
    "Verdict",
    "advise",
    "advise_habits",
    "advise_on",
    "amount",
    "as_evidence",
    "candidate",
    "candidates",
    "dialling_guide",
    "digest",
    "get_advice",
    "gist",
    "give",
    "label",
    "list_of_customer",
    "months_of",
    "months_of_habits",
    "not_counted",
    "offer",
    "price",
    "seen",
    "sentences",
    "whole_months",
    "withdrawn",
]
