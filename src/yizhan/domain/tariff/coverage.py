"""The canonical usage a plan answers for: its ``covers``, filled in from what a kind can meet."""

from collections.abc import Iterable, Iterator

from yizhan.domain.tariff.classes import (
    ACCESSES,
    DIRECTIONS,
    NETS,
    ROOT_ROAMS,
    ROOT_ZONES,
    Service,
    UsageClass,
    classify,
    within,
)
from yizhan.domain.tariff.model import Coverage, Kind
from yizhan.domain.tariff.parse_prices import SERVICES
from yizhan.domain.tariff.prices import Allowance, PriceRule, Selector
from yizhan.domain.tariff.reader import Fields, Value


def covers(
    value: Value, kind: Kind, rules: Iterable[PriceRule], allowances: Iterable[Allowance]
) -> tuple[Coverage, ...]:
    """What ``covers`` says: a list of services, or services with the words they may meet."""
    selectors = [rule.when for rule in rules]
    selectors += [selector for allowance in allowances for selector in allowance.when]
    if value.is_list:
        return tuple(
            _coverage(entry.one_of(SERVICES), Fields({}), kind, selectors) for entry in value.list()
        )
    found = []
    for word, entry in value.entries():
        if word not in SERVICES:
            entry.refuse("“{word}” is not one of: {known}.", word=word, known=", ".join(SERVICES))
        fields = entry.fields(optional=("direction", "access", "zone", "net", "roam", "place"))
        found.append(_coverage(SERVICES[word], fields, kind, selectors))
    return tuple(found)


def _coverage(service: Service, fields: Fields, kind: Kind, selectors: list[Selector]) -> Coverage:
    voice = service is Service.VOICE
    two_sided = voice or service in (Service.SMS, Service.MMS)
    reachable = ROOT_ROAMS if kind is Kind.MOBILE else ("home",)

    def words(key: str, usual: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
        entry = fields.get(key)
        if entry is None:
            return usual
        for word in entry.words():
            if known and word.partition(".")[0] not in known:
                entry.refuse(
                    "“{word}” is not one of: {known}.", word=word[:40], known=", ".join(known)
                )
        return entry.words()

    mentioned_places = {place for selector in selectors for place in selector.places}
    zones = words("zone", ROOT_ZONES if two_sided else ("local",), ROOT_ZONES)
    roams = words("roam", reachable, ROOT_ROAMS)
    return Coverage(
        service=service,
        directions=words("direction", DIRECTIONS if two_sided else ("out",), DIRECTIONS),
        accesses=words("access", ACCESSES if voice else ("direct",), ACCESSES),
        zones=_finer(zones, (zone for selector in selectors for zone in selector.zones)),
        nets=words("net", (NETS if voice else NETS[:2]) if two_sided else ("off",), NETS),
        roams=_finer(roams, (roam for selector in selectors for roam in selector.roams)),
        places=words("place", ("none", *sorted(mentioned_places - {"none"})), ()),
    )


def _finer(words: tuple[str, ...], mentioned: Iterable[str]) -> tuple[str, ...]:
    """*words* and the finer ones under them that some selector mentions."""
    finer = {
        word for word in mentioned if word not in words and any(within(word, w) for w in words)
    }
    return (*words, *sorted(finer))


def classes_of(coverage: Coverage) -> Iterator[UsageClass]:
    """Every canonical class of a coverage, once."""
    seen: set[UsageClass] = set()
    for direction in coverage.directions:
        for access in coverage.accesses:
            for zone in coverage.zones:
                for net in coverage.nets:
                    for roam in coverage.roams:
                        for place in coverage.places:
                            found = classify(
                                coverage.service, direction, access, zone, net, roam, place
                            )
                            if found not in seen:
                                seen.add(found)
                                yield found


def selects_class(selector: Selector, found: UsageClass) -> bool:
    """Whether *selector* matches a class, leaving bands, family and partners aside."""
    return (
        (not selector.services or found.service in selector.services)
        and (not selector.directions or found.direction in selector.directions)
        and (not selector.accesses or found.access in selector.accesses)
        and (not selector.nets or found.net in selector.nets)
        and (not selector.places or found.place in selector.places)
        and (not selector.zones or any(within(found.zone, zone) for zone in selector.zones))
        and (not selector.roams or any(within(found.roam, roam) for roam in selector.roams))
    )


def selects_rest(selector: Selector, bands: frozenset[str], family: bool, partner: str) -> bool:
    """Whether *selector* matches the bands in force, the family mark and the partner."""
    return (
        (selector.family is None or selector.family == family)
        and (not selector.bands or not bands.isdisjoint(selector.bands))
        and (not selector.partners or partner in selector.partners)
    )
