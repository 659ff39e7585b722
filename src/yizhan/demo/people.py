"""Who lives in the made-up town: names, ages, homes, and the habits that follow from them."""

import math
import random
from collections.abc import Iterator
from datetime import date

import msgspec

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林"
GIVEN_FEMALE = "芳娜敏静丽艳娟霞秀英玲桂兰洁梅琳雪婷慧莹倩燕红颖佳丹萍蓉晶妍"
ORGANISATIONS = ("商贸", "物流", "食品", "电子", "建材", "纺织", "机械", "广告", "餐饮", "医药")

HOME_PROVINCES = (
    ("heilongjiang", "0451"),
    ("hebei", "0311"),
    ("shandong", "0531"),
    ("liaoning", "024"),
    ("henan", "0371"),
    ("zhejiang", "0571"),
    ("guangdong", "020"),
    ("sichuan", "028"),
)


class Habit(msgspec.Struct, frozen=True):
    """How an archetype uses the telephone: means for a month.

    ``minutes`` outgoing, ``share_*`` of those minutes, ``texts`` sent, ``mebibytes`` of data,
    ``content`` partner items; ``spread`` is the sigma of the log-normal between people.
    """

    minutes: float
    spread: float
    share_long_distance: float
    share_ip: float
    share_roaming: float
    share_international: float
    texts: float
    mebibytes: float
    content: float
    evening: float


HABITS_2004 = {
    "ordinary": Habit(75, 0.8, 0.06, 0.02, 0.01, 0.0, 12, 0.0, 0.3, 0.35),
    "student": Habit(50, 0.7, 0.22, 0.08, 0.02, 0.0, 55, 0.5, 0.8, 0.60),
    "trader": Habit(300, 0.6, 0.35, 0.10, 0.05, 0.02, 15, 0.0, 0.2, 0.30),
    "traveller": Habit(180, 0.7, 0.15, 0.05, 0.35, 0.01, 20, 0.4, 0.2, 0.30),
    "pensioner": Habit(28, 0.7, 0.10, 0.01, 0.00, 0.0, 2, 0.0, 0.0, 0.25),
    "heavy_data": Habit(120, 0.7, 0.08, 0.04, 0.03, 0.0, 15, 3.0, 1.0, 0.45),
    "family": Habit(110, 0.6, 0.05, 0.02, 0.01, 0.0, 15, 0.0, 0.2, 0.50),
}
HABITS_TODAY = {
    "ordinary": Habit(80, 0.8, 0.0, 0.0, 0.02, 0.0, 4, 9_000, 0.3, 0.35),
    "student": Habit(45, 0.7, 0.0, 0.0, 0.03, 0.0, 3, 22_000, 0.6, 0.55),
    "trader": Habit(300, 0.6, 0.0, 0.0, 0.05, 0.01, 10, 12_000, 0.2, 0.30),
    "traveller": Habit(150, 0.7, 0.0, 0.0, 0.30, 0.02, 8, 16_000, 0.2, 0.30),
    "pensioner": Habit(60, 0.7, 0.0, 0.0, 0.00, 0.0, 1, 900, 0.0, 0.25),
    "heavy_data": Habit(80, 0.7, 0.0, 0.0, 0.03, 0.0, 4, 55_000, 1.0, 0.45),
    "family": Habit(120, 0.6, 0.0, 0.0, 0.02, 0.0, 5, 14_000, 0.3, 0.50),
}
_MIX = (
    ("ordinary", 0.44),
    ("student", 0.14),
    ("trader", 0.08),
    ("traveller", 0.07),
    ("pensioner", 0.10),
    ("heavy_data", 0.07),
    ("family", 0.10),
)
_AGES = {
    "ordinary": (22, 58),
    "student": (17, 23),
    "trader": (26, 55),
    "traveller": (25, 55),
    "pensioner": (61, 84),
    "heavy_data": (18, 35),
    "family": (28, 48),
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One subscriber of the town, before any row is written."""

    index: int
    name: str
    male: bool
    birth_date: date
    archetype: str
    home_area: str
    home_province: str
    away_area: str
    document: str
    since: date
    minutes: float
    texts: float
    mebibytes: float
    organisation: bool


def people(count: int, *, seed: int, today: date, catalogue: str) -> Iterator[Person]:
    """*count* subscribers, the same ones for the same seed."""
    habits = HABITS_2004 if catalogue == "2004" else HABITS_TODAY
    kinds = [kind for kind, _ in _MIX]
    weights = [weight for _, weight in _MIX]
    for index in range(count):
        chance = random.Random(seed * 1_000_003 + index)
        kind = chance.choices(kinds, weights)[0]
        male = chance.random() < 0.5
        low, high = _AGES[kind]
        birth = date(today.year - chance.randint(low, high), chance.randint(1, 12), 1)
        birth = birth.replace(day=chance.randint(1, 28))
        home = chance.choice(HOME_PROVINCES)
        organisation = kind == "trader" and chance.random() < 0.3
        habit = habits[kind]
        # A log-normal with the habit's mean: a few talk a lot, most talk little.
        heavy = math.exp(chance.gauss(0, habit.spread) - habit.spread**2 / 2)
        yield Person(
            index=index,
            name=_organisation(chance) if organisation else _name(chance, male=male),
            male=male,
            birth_date=birth,
            archetype=kind,
            home_area="022",
            home_province=home[0] if kind == "student" else "tianjin",
            away_area=home[1],
            document=_document(chance, birth, male=male),
            since=date(today.year - chance.randint(1, 8), chance.randint(1, 12), 1),
            minutes=habit.minutes * heavy,
            texts=habit.texts * math.exp(chance.gauss(0, 0.6) - 0.18),
            mebibytes=habit.mebibytes * math.exp(chance.gauss(0, 0.9) - 0.405),
            organisation=organisation,
        )


def _name(chance: random.Random, *, male: bool) -> str:
    given = GIVEN_MALE if male else GIVEN_FEMALE
    count = 1 if chance.random() < 0.35 else 2
    return chance.choice(SURNAMES) + "".join(chance.choice(given) for _ in range(count))


def _organisation(chance: random.Random) -> str:
    first = chance.choice("津海华天新宏盛")
    second = chance.choice("达源泰兴通和")
    return f"{first}{second}{chance.choice(ORGANISATIONS)}有限公司"


def _document(chance: random.Random, birth: date, *, male: bool) -> str:
    """An identity number in the form of GB 11643 with a region code that does not exist."""
    order = chance.randrange(0, 499) * 2 + (1 if male else 0)
    body = f"999999{birth:%Y%m%d}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    return body + check
