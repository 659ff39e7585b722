"""The catalogue: plans and add-ons kept as published, sold, proved by their own examples."""

from yizhan.domain.catalog.model import (
    AddOnChoice,
    Eligibility,
    ExampleOutcome,
    Facts,
    Offer,
    Reason,
    VersionTaken,
    eligible,
    exit_fee,
    legal_add_ons,
    monthly_fee_fen,
)
from yizhan.domain.catalog.permissions import PERMISSIONS
from yizhan.domain.catalog.queries import (
    effective,
    examples_of,
    get_add_on,
    get_add_ons,
    get_offer,
    get_plan,
    list_add_ons_on_sale,
    list_offers,
    list_on_sale,
    list_versions,
    successor_of,
    text_of,
)
from yizhan.domain.catalog.service import end_sale, publish, publish_all
from yizhan.domain.catalog.words import WORDS

__all__ = [
    "PERMISSIONS",
    "WORDS",
    "AddOnChoice",
    "Eligibility",
    "ExampleOutcome",
    "Facts",
    "Offer",
    "Reason",
    "VersionTaken",
    "effective",
    "eligible",
    "end_sale",
    "examples_of",
    "exit_fee",
    "get_add_on",
    "get_add_ons",
    "get_offer",
    "get_plan",
    "legal_add_ons",
    "list_add_ons_on_sale",
    "list_offers",
    "list_on_sale",
    "list_versions",
    "monthly_fee_fen",
    "publish",
    "publish_all",
    "successor_of",
    "text_of",
]
