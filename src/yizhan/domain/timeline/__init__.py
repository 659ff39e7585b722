"""The event log read as a customer's timeline, in words, grouped by contact."""

from yizhan.domain.timeline.model import Contact, Entry, Group, Page, sentence, spoken
from yizhan.domain.timeline.permissions import PERMISSIONS
from yizhan.domain.timeline.queries import (
    VALUES,
    WORDS,
    entry_of,
    of_contact,
    of_customer,
)
from yizhan.domain.timeline.vocabulary import COMMON

__all__ = [
    "COMMON",
    "PERMISSIONS",
    "VALUES",
    "WORDS",
    "Contact",
    "Entry",
    "Group",
    "Page",
    "entry_of",
    "of_contact",
    "of_customer",
    "sentence",
    "spoken",
]
