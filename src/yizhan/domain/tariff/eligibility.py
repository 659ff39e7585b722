"""Who may have a plan: its conditions against what is known of a customer."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from yizhan.domain.tariff.model import Condition, Tariff


def unmet(tariff: Tariff, attributes: Mapping[str, object]) -> tuple[Condition, ...]:
    """The conditions *attributes* do not meet; an unknown attribute meets none."""
    return tuple(condition for condition in tariff.eligible if not _meets(condition, attributes))


def _meets(condition: Condition, attributes: Mapping[str, object]) -> bool:
    if condition.attribute not in attributes:
        return False
    known = attributes[condition.attribute]
    if condition.equals is not None:
        if isinstance(condition.equals, bool):
            return (known is True or str(known).lower() == "true") == condition.equals
        return str(known) == condition.equals
    if condition.among:
        return str(known) in condition.among
    try:
        number = Decimal(str(known))
    except InvalidOperation:
        return False
    return (condition.minimum is None or condition.minimum <= number) and (
        condition.maximum is None or number <= condition.maximum
    )
