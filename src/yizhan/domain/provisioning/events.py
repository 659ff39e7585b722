"""What happens between the house and the network."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class NetworkEvent(Event, frozen=True, kw_only=True):
    """Something happened to the request ``request_id`` of ``reference`` (an order, a stop ...)."""

    request_id: UUID
    reference: UUID
    line_id: UUID
    number: str
    action: str
    key: str


class NetworkRequested(NetworkEvent, frozen=True, kw_only=True):
    """The network is to do something."""

    name: ClassVar[str] = "provisioning.requested"


class NetworkUnanswered(NetworkEvent, frozen=True, kw_only=True):
    """It did not answer; it will be asked again."""

    name: ClassVar[str] = "provisioning.unanswered"
    attempts: int


class NetworkDone(NetworkEvent, frozen=True, kw_only=True):
    """The network has done it. ``undoes``: what this took back, if it took something back."""

    name: ClassVar[str] = "provisioning.done"
    undoes: UUID | None = None


class NetworkRefused(NetworkEvent, frozen=True, kw_only=True):
    """It will not be done: refused, cancelled, or given up; ``code`` says which."""

    name: ClassVar[str] = "provisioning.refused"
    code: str
    why: str
    undoes: UUID | None = None


class NetworkGivenUp(NetworkEvent, frozen=True, kw_only=True):
    """Nobody knows whether the network did it: a person has to look."""

    name: ClassVar[str] = "provisioning.given_up"
    attempts: int
    why: str


class CardGiven(Event, frozen=True, kw_only=True):
    """A line has this SIM card from now on."""

    name: ClassVar[str] = "provisioning.card_given"
    line_id: UUID
    iccid: str


class CardRetired(Event, frozen=True, kw_only=True):
    """A SIM card is of no use any more; it is never given again."""

    name: ClassVar[str] = "provisioning.card_retired"
    line_id: UUID
    iccid: str
    why: str


class CardCodesShown(Event, frozen=True, kw_only=True):
    """Somebody looked at PIN and PUK of a line's card."""

    name: ClassVar[str] = "provisioning.card_codes_shown"
    line_id: UUID
    iccid: str


class CardsTakenIn(Event, frozen=True, kw_only=True):
    """A delivery of SIM cards was put in stock."""

    name: ClassVar[str] = "provisioning.cards_taken_in"
    batch: str
    count: int


class CardSpoiled(Event, frozen=True, kw_only=True):
    """A SIM card of the stock was lost or damaged; it is never given."""

    name: ClassVar[str] = "provisioning.card_spoiled"
    iccid: str
    what: str


class NetworkCompared(Event, frozen=True, kw_only=True):
    """The lines here were held against the network's."""

    name: ClassVar[str] = "provisioning.compared"
    compared: int
    differences: int
