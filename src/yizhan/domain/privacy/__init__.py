"""How long personal data is kept, legal holds, and being forgotten. The door of the room."""

from yizhan.domain.privacy.jobs import JOBS
from yizhan.domain.privacy.model import Erasure, Hold, Term
from yizhan.domain.privacy.permissions import PERMISSIONS
from yizhan.domain.privacy.queries import list_erasures, list_holds, list_terms
from yizhan.domain.privacy.service import (
    NIGHTLY,
    ask_for_all,
    ask_for_erasure,
    lift_hold,
    obstacle,
    place_hold,
    set_term,
    take_back,
)
from yizhan.domain.privacy.words import WORDS

__all__ = [
    "JOBS",
    "NIGHTLY",
    "PERMISSIONS",
    "WORDS",
    "Erasure",
    "Hold",
    "Term",
    "ask_for_all",
    "ask_for_erasure",
    "lift_hold",
    "list_erasures",
    "list_holds",
    "list_terms",
    "obstacle",
    "place_hold",
    "set_term",
    "take_back",
]
