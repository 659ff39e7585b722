"""A sheet as a value: which template, what stands on it, what the file is called."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from yizhan.kernel.text import Text

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """Whose paper it is. *site* is where the customers' site is reached, no slash at the end.

    Without it no code to pay with is printed.
    """

    operator: Text
    site: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be typeset. ``data`` holds texts and figures as they are read, nothing secret
    beyond what its reader may see."""

    template: str
    data: Mapping[str, Any]
    file_name: str
    moment: datetime


def capitals(fen: int) -> str:
    """An amount in the capitals of Chinese accounts, which cannot be altered: 壹佰零捌元整.

    By the Ministry of Finance's rules for accounting (会计基础工作规范, article 52): 整 after
    yuan or jiao, 零 for a gap.
    """
    whole, cents = divmod(abs(fen), 100)
    jiao, last = divmod(cents, 10)
    said = f"{_whole(whole)}元" if whole else ""
    if jiao:
        said += f"{_DIGITS[jiao]}角"
    elif last and whole:
        said += "零"
    said += f"{_DIGITS[last]}分" if last else "整"
    if not fen:
        said = "零元整"
    return f"负{said}" if fen < 0 else said


def _whole(number: int) -> str:
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    said = ""
    gap = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(said)
            continue
        if said and (gap or group < 1000):
            said += "零"
        said += _group(group) + _GROUPS[place]
        gap = False
    return said


def _group(number: int) -> str:
    said = ""
    gap = False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            said += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = bool(said)
    return said


def month_words(day: date, language: str) -> str:
    """A month as it is headed: 2026 年 5 月, May 2026."""
    return f"{day.year} 年 {day.month} 月" if language == "zh" else f"{day:%B %Y}"


def money(fen: int) -> str:
    """An amount with its thousands apart: ``1,280.00``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def grouped(number: str) -> str:
    """A mobile number as it is read: 130 0220 8108."""
    if len(number) == 11 and number.startswith("1"):
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    return number
