"""The canonical class of a usage record: what kind of use it was, in seven words.

A class is the same for every plan and every source of records, so it is decided once, at intake,
and kept with the record. Prices select by it.
"""

from enum import StrEnum

import msgspec

from yizhan.kernel.errors import Invalid


class Service(StrEnum):
    """What was used. Quantities: seconds, messages, messages, bytes, items."""

    VOICE = "voice"
    SMS = "sms"
    MMS = "mms"
    DATA = "data"
    CONTENT = "content"


DIRECTIONS = ("out", "in")
ACCESSES = ("direct", "17911")
"""Dialled directly, or through the IP prefix 17911."""
NETS = ("on", "off", "fixed")
"""The other side: our own mobile network, another mobile network, a fixed line."""
ROOT_ZONES = ("local", "domestic", "hkmo", "intl")
"""Where the other side is: same call area, elsewhere in the country, Hong Kong/Macao, abroad.

Dots make finer zones: ``domestic.heilongjiang``, ``intl.A``.
"""
ROOT_ROAMS = ("home", "domestic", "intl")
"""Where the line itself was."""


class UsageClass(msgspec.Struct, frozen=True):
    """One canonical class; see the constants of this module for the words of each field."""

    service: Service
    direction: str
    access: str
    zone: str
    net: str
    roam: str
    place: str

    @property
    def code(self) -> str:
        """The class as one readable word: ``voice/out/17911/domestic/off/home/none``."""
        return "/".join(
            (
                self.service.value,
                self.direction,
                self.access,
                self.zone,
                self.net,
                self.roam,
                self.place,
            )
        )


def classify(
    service: str,
    direction: str = "out",
    access: str = "direct",
    zone: str = "local",
    net: str = "off",
    roam: str = "home",
    place: str = "none",
) -> UsageClass:
    """The canonical class of a record with these facts; what cannot matter is made equal.

    Data and content have no other side and no prefix; messages have no prefix. Raises ``Invalid``
    naming the field whose word is unknown.
    """
    try:
        kind = Service(service)
    except ValueError:
        raise _unknown("service", service, tuple(Service)) from None
    if kind in (Service.DATA, Service.CONTENT):
        direction, access, zone, net = "out", "direct", "local", "off"
    elif kind is not Service.VOICE or direction == "in":
        access = "direct"
    _check("direction", direction, DIRECTIONS)
    _check("access", access, ACCESSES)
    _check("zone", zone.partition(".")[0], ROOT_ZONES)
    _check("net", net, NETS)
    _check("roam", roam.partition(".")[0], ROOT_ROAMS)
    for field, word in (("zone", zone), ("roam", roam), ("place", place)):
        if not word or not all(
            piece and piece.replace("_", "").replace("-", "").isalnum() for piece in word.split(".")
        ):
            raise _unknown(field, word, ("words joined by dots",))
    return UsageClass(kind, direction, access, zone, net, roam, place)


def parse_class(code: str) -> UsageClass:
    """The class that ``UsageClass.code`` wrote. Raises ``Invalid``."""
    words = code.split("/")
    if len(words) != 7:
        raise Invalid(
            "“{code}” is not a usage class: seven words joined by “/” are needed.", code=code[:80]
        )
    return classify(*words)


def within(word: str, prefix: str) -> bool:
    """Whether a dotted *word* equals *prefix* or lies under it: ``intl.A`` is within ``intl``."""
    return word == prefix or word.startswith(prefix + ".")


def _check(field: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise _unknown(field, word, known)


def _unknown(field: str, word: str, known: tuple[str, ...]) -> Invalid:
    return Invalid(
        "“{word}” is not a {what} we know. Use one of: {known}.",
        field=field,
        what=field,
        word=word[:40],
        known=", ".join(known),
    )
