"""The check digit of numbers people speak and key."""


def luhn(digits: str) -> str:
    """Luhn's digit (ISO/IEC 7812-1): one wrong key, or nearly any two swapped, is noticed."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
