"""What can be ordered, each change as a value that can be kept, shown and done later."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Invalid


class When(StrEnum):
    """From this moment, or from the first moment of the next bill month."""

    NOW = "now"
    NEXT_MONTH = "next_month"


class _Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of the changes; ``kind`` is the tag they are kept under."""

    @property
    def kind(self) -> str:
        """The tag."""
        return str(self.__struct_config__.tag)


class ChangePlan(_Change, frozen=True, kw_only=True, tag="change_plan"):
    """Another plan. Without ``when`` it takes effect as the plan says."""

    plan_id: str
    version: int | None = None
    when: When | None = None
    add_ons: tuple[str, ...] = ()
    """Add-ons to take with it, besides those that may stay."""


class TakeAddOn(_Change, frozen=True, kw_only=True, tag="add_on"):
    """An add-on more."""

    add_on_id: str
    version: int | None = None
    when: When = When.NOW


class DropAddOn(_Change, frozen=True, kw_only=True, tag="drop_add_on"):
    """An add-on less."""

    add_on_id: str
    when: When = When.NEXT_MONTH


class Suspend(_Change, frozen=True, kw_only=True, tag="suspend"):
    """报停: out of use at the owner's wish."""


class Resume(_Change, frozen=True, kw_only=True, tag="resume"):
    """复机: end a suspension, or a loss report when ``lost``."""

    lost: bool = False


class ReportLoss(_Change, frozen=True, kw_only=True, tag="loss"):
    """挂失: stop the line because the handset or card is lost."""


class Bar(_Change, frozen=True, kw_only=True, tag="bar"):
    """欠费停机、超量停机: the house stops a line; ``one_way`` leaves incoming calls.

    Again without ``one_way`` turns a one-way stop into a full one.
    """

    reason: Literal["arrears", "overuse"] = "arrears"
    one_way: bool = False


class Unbar(_Change, frozen=True, kw_only=True, tag="unbar"):
    """缴费复机: what the house stopped the line for is settled."""

    reason: Literal["arrears", "overuse"] = "arrears"


class EndForArrears(_Change, frozen=True, kw_only=True, tag="end_for_arrears"):
    """欠费销户: the contract ends, the number is given up."""


HouseChange = Bar | Unbar | EndForArrears
"""What the house does by itself: these need the right to collect."""


class SetFamilyNumbers(_Change, frozen=True, kw_only=True, tag="family_numbers"):
    """Exactly these family numbers, by rank; empty: none."""

    numbers: tuple[str, ...]


class SwitchFeature(_Change, frozen=True, kw_only=True, tag="feature"):
    """A capability of the line on or off: caller display, roaming, forwarding ..."""

    feature: str
    on: bool


class ChangeNumber(_Change, frozen=True, kw_only=True, tag="change_number"):
    """改号: another number from stock; the old one cools down."""

    number: str


class ChangeSim(_Change, frozen=True, kw_only=True, tag="change_sim"):
    """补卡: another SIM card, this one or the next of the stock; it lifts a loss report."""

    iccid: str | None = None


class CloseLine(_Change, frozen=True, kw_only=True, tag="close_line"):
    """销户: the line ends; its final bill comes with the next run."""


class OpenLine(_Change, frozen=True, kw_only=True, tag="open_line"):
    """A new line. Without ``account_id`` a new billing account is opened for it.

    ``iccid``: the SIM card of a mobile line; without one the next of the stock is taken.
    """

    plan_id: str
    number: str
    version: int | None = None
    add_ons: tuple[str, ...] = ()
    family_numbers: tuple[str, ...] = ()
    area: str = ""
    account_id: UUID | None = None
    iccid: str | None = None


Change = (
    ChangePlan
    | TakeAddOn
    | DropAddOn
    | Suspend
    | Resume
    | ReportLoss
    | Bar
    | Unbar
    | EndForArrears
    | SetFamilyNumbers
    | SwitchFeature
    | ChangeNumber
    | ChangeSim
    | CloseLine
    | OpenLine
)


def parse(given: Mapping[str, Any]) -> Change:
    """A change from what a form or an API sent; raises ``Invalid`` saying what is wrong."""
    try:
        return msgspec.convert(dict(given), Change, strict=False)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise Invalid("The change cannot be understood: {error}", error=str(error)) from None
