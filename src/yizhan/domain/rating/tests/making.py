"""Plans, periods and records for the tests of this room, made from as few words as possible."""

from datetime import datetime
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from yizhan.domain import rating, tariff
from yizhan.kernel.period import Period

TZ = ZoneInfo("Asia/Shanghai")
LINE = UUID(int=1)
_ids = count(1)

HEAD = """\
plan: test
version: 1
name: {zh: 测试, en: Test}
kind: mobile
payment: postpaid
items:
  rent: {zh: 月租, en: Rent}
  local: {zh: 本地, en: Local}
  long: {zh: 长途, en: Long distance}
  message: {zh: 短信, en: Messages}
  data: {zh: 上网, en: Data}
  content: {zh: 信息费, en: Content}
"""
TEXT = "text: {zh: 甲, en: A}"
VOICE = f"""\
  - id: long
    if: {{service: voice, zone: domestic, direction: out}}
    parts:
      - {{item: local, price: "0.30", per: 60s}}
      - {{item: long, price: "0.07", per: 6s}}
    {TEXT}
  - {{id: local, if: {{service: voice}}, item: local, price: "0.30", per: 60s, {TEXT}}}
"""
MESSAGES = f'  - {{id: sms, if: {{service: sms}}, item: message, price: "0.10", {TEXT}}}\n'
DATA = f"""\
  - {{id: data, if: {{service: data}}, item: data, price: "5", per: 1GiB, inc: 1KiB, {TEXT}}}
"""
CONTENT = f"  - {{id: content, if: {{service: content}}, item: content, own_price: true, {TEXT}}}\n"


def plan(more: str = "", *, price: str = "", covers: str = "[voice, sms, data, content]"):
    """A plan of the usual prices and *more*; *price* goes before the usual rules."""
    text = f"{HEAD}covers: {covers}\nprice:\n{price}{VOICE}{MESSAGES}{DATA}{CONTENT}{more}"
    found = tariff.parse(text, file="test.yaml")
    assert isinstance(found, tariff.Plan)
    return found


def voice_plan(rules: str, more: str = "", zone: ZoneInfo = TZ):
    """A plan with these voice rules only."""
    text = f"{HEAD}covers: {{voice: {{roam: home}}}}\nprice:\n{rules}{more}"
    found = tariff.parse(text, file="test.yaml")
    assert isinstance(found, tariff.Plan)
    return found


def moment(text: str, tz: ZoneInfo = TZ) -> datetime:
    """Local wall time as a moment: ``2004-03-01 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=tz)


def month(text: str = "2004-03", tz: ZoneInfo = TZ) -> Period:
    """A calendar month."""
    year, number = map(int, text.split("-"))
    following = f"{year + number // 12}-{number % 12 + 1:02d}-01"
    return Period(moment(f"{text}-01", tz), moment(following, tz))


def use(at: str, service: str = "voice", quantity: int = 60, tz: ZoneInfo = TZ, **more: object):
    """One record."""
    return rating.Usage(
        id=UUID(int=next(_ids)),
        line_id=more.pop("line", LINE),
        at=moment(at, tz),
        service=tariff.Service(service),
        quantity=quantity,
        **more,
    )


def calls(number: int, quantity: int = 60, day: int = 2, **more: object):
    """That many equal calls, ten minutes apart from the morning of a day on."""
    return [
        use(f"2004-03-{day + n // 60:02d} {9 + n % 60 // 6:02d}:{n % 6 * 10:02d}",
            quantity=quantity, **more)
        for n in range(number)
    ]  # fmt: skip
