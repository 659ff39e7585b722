"""Parsed plans and their combinations, kept in the process by the hash of their text.

The rating engine keeps what it prepared beside the plan object, so the same object is given out
for the same content as long as it is remembered.
"""

from collections.abc import MutableMapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from yizhan.domain.catalog.model import Offer
from yizhan.domain.tariff import AddOn, Plan, ZoneSet, combine, parse_all

REMEMBERED_TEXTS = 2_000
REMEMBERED_PLANS = 5_000

Thing = Plan | AddOn | ZoneSet

_parsed: dict[str, list[Thing]] = {}
_sold: dict[tuple[object, ...], Plan | AddOn] = {}
_effective: dict[tuple[object, ...], Plan] = {}


def hash_of(text: str) -> str:
    """Names a text."""
    return sha256(text.encode()).hexdigest()


def known(hash: str) -> bool:
    """Whether the text of this hash is parsed already."""
    return hash in _parsed


def parsed(hash: str, text: str, file: str) -> list[Thing]:
    """What a text holds. Raises ``PlanRefused``."""
    found = _parsed.get(hash)
    if found is None:
        found = parse_all(text, file=file)
        _trim(_parsed, REMEMBERED_TEXTS)
        _parsed[hash] = found
    return found


def offered(offer: Offer) -> Plan | AddOn:
    """The plan or add-on of an offer whose text is parsed, with its sale as it stands now."""
    thing = _thing(offer)
    if (thing.on_sale_to, thing.successor) == (offer.on_sale_to, offer.successor):
        return thing
    key = (offer.text_hash, offer.id, offer.version, offer.on_sale_to, offer.successor)
    found = _sold.get(key)
    if found is None:
        found = replace(thing, on_sale_to=offer.on_sale_to, successor=offer.successor)
        _trim(_sold, REMEMBERED_PLANS)
        _sold[key] = found
    return found


def effective(plan: Offer, add_ons: Sequence[Offer]) -> Plan:
    """A plan with its add-ons as one plan; texts must be parsed. Raises ``AddOnsClash``."""
    order = sorted(add_ons, key=lambda offer: (offer.id, offer.version))
    key = tuple((offer.text_hash, offer.id, offer.version) for offer in (plan, *order))
    found = _effective.get(key)
    if found is None:
        base = _thing(plan)
        assert isinstance(base, Plan)
        found = combine(base, [one for one in map(_thing, order) if isinstance(one, AddOn)])
        _trim(_effective, REMEMBERED_PLANS)
        _effective[key] = found
    return found


def _thing(offer: Offer) -> Plan | AddOn:
    for thing in _parsed[offer.text_hash]:
        if not isinstance(thing, ZoneSet) and (thing.id, thing.version) == (
            offer.id,
            offer.version,
        ):
            return thing
    raise AssertionError(f"the text of {offer.id} {offer.version} does not hold it")


def _trim(cache: MutableMapping[Any, Any], most: int) -> None:
    while len(cache) >= most:
        del cache[next(iter(cache))]
