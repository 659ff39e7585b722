"""Random plans, written in the tariff language, so that the parser is proved with the engine."""

import random


def plan_text(chance: random.Random, number: int) -> str:
    """One plan in the language; the same generator state gives the same text."""
    return _Writer(chance, number).write()


class _Writer:
    """Writes one random plan, feature by feature."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        self.number = number
        self.bands = chance.random() < 0.55
        self.family = chance.random() < 0.4
        self.tiers: list[str] = []
        self.lines: list[str] = []

    def some(self, probability: float) -> bool:
        return self.chance.random() < probability

    def money(self, low: int, high: int, *, decimals: int = 2) -> str:
        scale = 10**decimals
        value = self.chance.randint(low * scale // 100, high * scale // 100)
        whole, rest = divmod(value, scale)
        return f"{whole}.{rest:0{decimals}d}"

    def write(self) -> str:
        out = self.lines
        out += [
            f"plan: random_{self.number}",
            "version: 1",
            f"name: {{zh: 随机 {self.number}, en: Random {self.number}}}",
            "kind: mobile",
            f"payment: {self.chance.choice(('prepaid', 'postpaid'))}",
            "on_sale: [2020-01-01, null]",
            "items:",
        ]
        for item in ("rent", "local", "long", "message", "data", "content"):
            out.append(f"  {item}: {{zh: {item}, en: {item}}}")
        if self.bands:
            self._calendar()
        if self.family:
            count = self.chance.randint(1, 3)
            out.append(f"family: {{numbers: {count}, text: {{zh: 亲情, en: Family}}}}")
        out += [
            "covers:",
            "  voice:",
            "    direction: [out, in]",
            "    access: [direct, 17911]",
            "    zone: [local, domestic, domestic.hebei, hkmo, intl.A]",
            "    net: [on, off, fixed]",
            "    roam: [home, domestic]",
            "    place: [none, campus]",
            "  sms:",
            "    zone: [local, domestic, domestic.hebei, hkmo, intl.A]",
            "    roam: [home, domestic]",
            "  data: {roam: [home, domestic]}",
            "  content: {}",
        ]
        self._recurring()
        self._prices()
        self._allowances()
        if self.tiers:
            out.append("tiers:")
            out += self.tiers
        self._limits()
        self._discounts()
        self._tax_and_rounding()
        return "\n".join(out) + "\n"

    def _calendar(self) -> None:
        night = self.chance.choice(("21:00-08:00", "23:00-07:00", "00:00-06:30"))
        self.lines += [
            "calendars:",
            "  clock:",
            f'    night: {{when: "{night}", text: {{zh: 夜间, en: night}}}}',
            "    day: {when: else, text: {zh: 日间, en: day}}",
        ]
        if self.some(0.3):
            self.lines.append("holidays: [03-08]")

    def _recurring(self) -> None:
        if self.some(0.25):
            return
        start = self.chance.choice(("full", "by_day", "half_month", "by_day_of_year"))
        end = self.chance.choice(("full", "by_day", "none"))
        self.lines += [
            "recurring:",
            f'  - {{id: fee, item: rent, amount: "{self.money(0, 19900)}", every: 1,'
            f" timing: {self.chance.choice(('advance', 'arrears'))},"
            f" prorate: {{start: {start}, end: {end}, change: by_day}},"
            " text: {zh: 月租, en: Fee}}",
        ]

    # ------------------------------------------------------------ prices

    def _prices(self) -> None:
        out = self.lines
        out.append("price:")
        out.append(
            "  - {id: content, if: {service: content}, item: content, own_price: true,"
            " text: {zh: 代收, en: Content}}"
        )
        self._message_prices()
        self._data_prices()
        if self.some(0.6):
            out.append(
                "  - {id: incoming, if: {service: voice, direction: in}, item: local, free: true,"
                " text: {zh: 接听, en: Incoming}}"
            )
        if self.some(0.5):
            self._voice("roaming", "service: voice, roam: domestic", banded=False)
        if self.family:
            self._voice("family", "service: voice, direction: out, family: true", banded=False)
        if self.some(0.5):
            self._voice("campus", "service: voice, place: campus", banded=False)
        if self.some(0.7):
            self._voice("ip", "service: voice, access: 17911", banded=False)
        if self.some(0.4):
            self._voice("hebei", "service: voice, zone: domestic.hebei", banded=False)
        if self.some(0.8):
            self._voice("domestic", "service: voice, zone: domestic", banded=self.some(0.5))
        if self.some(0.6):
            self._voice("abroad", "service: voice, zone: [hkmo, intl]", banded=False)
        self._voice("voice", "service: voice", banded=True)

    def _voice(self, id: str, when: str, *, banded: bool) -> None:
        if banded and self.bands:
            self._voice_rule(f"{id}_night", f"{when}, band: night")
        self._voice_rule(id, when)

    def _voice_rule(self, id: str, when: str) -> None:
        shape = self.chance.choice(("simple", "simple", "steps", "parts", "parts", "tier"))
        out = self.lines
        out += [f"  - id: {id}", f"    if: {{{when}}}"]
        if shape == "simple":
            out += self._simple("    ", "local")
        elif shape == "steps":
            out += ["    item: local", *self._steps("    ")]
        elif shape == "tier" and len(self.tiers) < 2:
            self._add_tier(f"tier_{id}", "local", 60, "60s")
            out += ["    item: local", f"    tier: tier_{id}"]
        else:
            out.append("    parts:")
            out.append(f"      - {{item: local, {self._inline()}}}")
            out.append(f"      - {{item: long, {self._inline()}}}")
        if self.some(0.15):
            out.append(f'    cap: {{amount: "{self.money(50, 900)}", above: free}}')
        out.append(f"    text: {{zh: {id}, en: {id}}}")

    def _inline(self) -> str:
        per = self.chance.choice((1, 6, 60))
        inc = self.chance.choice([n for n in (1, 6, 30, 60) if n <= max(per, 6)] or [per])
        decimals = self.chance.choice((2, 2, 3))
        return f'price: "{self.money(0, 90, decimals=decimals)}", per: {per}s, inc: {inc}s'

    def _simple(self, pad: str, item: str) -> list[str]:
        per = self.chance.choice((6, 60, 60))
        inc = self.chance.choice((1, 6, 60))
        out = [
            f"{pad}item: {item}",
            f'{pad}price: "{self.money(0, 90)}"',
            f"{pad}per: {per}s",
            f"{pad}inc: {inc}s",
        ]
        if self.some(0.3):
            out.append(f'{pad}connect: "{self.money(0, 50)}"')
        return out

    def _steps(self, pad: str) -> list[str]:
        edges = sorted({0, *self.chance.sample((30, 60, 180, 600), self.chance.randint(1, 2))})
        out = [f"{pad}steps:"]
        for edge in edges:
            inc, per = self.chance.choice(((1, 60), (6, 60), (60, 60), (30, 60), (6, 6)))
            out.append(
                f"{pad}  - {{from: {edge}s, inc: {inc}s, per: {per}s,"
                f' price: "{self.money(0, 60)}"}}'
            )
        if self.some(0.3):
            out.append(f'{pad}connect: "{self.money(0, 50)}"')
        return out

    def _message_prices(self) -> None:
        out = self.lines
        out.append(
            "  - {id: message_in, if: {service: sms, direction: in}, item: message, free: true,"
            " text: {zh: 收短信, en: Received}}"
        )
        if self.some(0.35):
            self._add_tier("tier_sms", "message", 1, "1")
            out.append(
                "  - {id: message, if: {service: sms}, item: message, tier: tier_sms,"
                " text: {zh: 短信, en: Messages}}"
            )
            return
        if self.some(0.5):
            out.append(
                "  - {id: message_on, if: {service: sms, net: on}, item: message,"
                f' price: "{self.money(0, 20)}", per: 1, text: {{zh: 网内, en: On net}}}}'
            )
        out.append(
            "  - {id: message, if: {service: sms}, item: message,"
            f' price: "{self.money(0, 30, decimals=3)}", per: 1,'
            " text: {zh: 短信, en: Messages}}"
        )

    def _data_prices(self) -> None:
        per, inc = self.chance.choice(
            (("1KiB", "1KiB"), ("1MiB", "1KiB"), ("1MiB", "1MiB"), ("1GiB", "1KiB"))
        )
        price = {
            "1KiB": self.money(0, 3, decimals=3),
            "1MiB": self.money(0, 100),
            "1GiB": self.money(100, 3000),
        }[per]
        if self.some(0.4):
            self.lines.append(
                "  - {id: data_away, if: {service: data, roam: domestic}, item: data,"
                f' price: "{self.money(0, 200)}", per: 1MiB, inc: 1KiB,'
                " text: {zh: 漫游流量, en: Data away}}"
            )
        self.lines.append(
            "  - {id: data, if: {service: data}, item: data,"
            f' price: "{price}", per: {per}, inc: {inc}, text: {{zh: 流量, en: Data}}}}'
        )

    def _add_tier(self, id: str, item: str, unit: int, unit_text: str) -> None:
        kind = self.chance.choice(("graduated", "volume"))
        span = self.chance.choice(("period", "period", "call")) if unit == 60 else "period"
        first = self.chance.choice((3, 10, 50))
        steps = [
            f'      - {{upto: {first}, price: "{self.money(5, 60)}"}}',
            f'      - {{upto: {first * 3}, price: "{self.money(0, 50)}",'
            f' flat: "{self.money(0, 300)}"}}',
            f'      - {{price: "{self.money(0, 40)}"}}',
        ]
        self.tiers += [
            f"  - id: {id}",
            f"    item: {item}",
            f"    kind: {kind}",
            f"    over: {span}",
            f"    unit: {unit_text}",
            f"    edge: {self.chance.choice(('inclusive', 'exclusive'))}",
            "    steps:",
            *steps,
            f"    text: {{zh: {id}, en: {id}}}",
        ]

    # ------------------------------------------------------------ allowances

    def _allowances(self) -> None:
        chosen = []
        makers = (
            self._voice_bucket,
            self._nested_bucket,
            self._sms_bucket,
            self._data_bucket,
            self._day_pass,
            self._points,
        )
        for maker in makers:
            if self.some(0.35):
                chosen += maker()
        if chosen:
            self.lines += ["allowances:", *chosen]

    def _bucket(
        self, id: str, unit: str, size: str, when: str, draw: str, more: list[str], order: int
    ) -> list[str]:
        return [
            f"  - id: {id}",
            f"    unit: {unit}",
            f"    size: {size}",
            f"    for: {when}",
            f"    draw: {draw}",
            f"    order: {order}",
            *[f"    {line}" for line in more],
            f"    text: {{zh: {id}, en: {id}}}",
        ]

    def _voice_bucket(self) -> list[str]:
        more = []
        if self.some(0.3):
            more.append(
                "rollover: {cap: 100min, periods: 1, first: "
                + self.chance.choice(("rolled", "current"))
                + "}"
            )
        if self.some(0.3):
            more.append("items: [local]")
        if self.some(0.2):
            more.append(f'price: {{amount: "{self.money(1, 20)}", per: 60s, item: local}}')
        if self.some(0.4):
            more.append("prorate: {start: by_day}")
        return self._bucket(
            "minutes",
            "s",
            f"{self.chance.choice((1, 5, 10, 60))}min",
            "{service: voice, direction: out}",
            self.chance.choice(("1s", "6s", "60s")),
            more,
            20,
        )

    def _nested_bucket(self) -> list[str]:
        when = "{service: voice, direction: out, zone: local"
        when += ", band: night}" if self.bands else "}"
        return self._bucket(
            "local_minutes",
            "s",
            f"{self.chance.choice((1, 3, 20))}min",
            when,
            self.chance.choice(("1s", "60s")),
            [],
            self.chance.choice((10, 30)),
        )

    def _sms_bucket(self) -> list[str]:
        return self._bucket(
            "messages",
            "count",
            str(self.chance.choice((1, 5, 30))),
            "{service: sms, direction: out}",
            "1",
            ["period: week"] if self.some(0.2) else [],
            10,
        )

    def _data_bucket(self) -> list[str]:
        then = self.chance.choice(
            (
                [],
                [],
                ["then: block"],
                ["then: {throttle: 1Mbps}"],
                [
                    f'then: {{pack: {{size: 1MiB, price: "{self.money(10, 500)}",'
                    " most: 3, item: data}}",
                ],
            )
        )
        more = list(then)
        if self.some(0.3) and not then:
            more.append("rollover: {cap: 10MiB, periods: 1, first: rolled}")
        return self._bucket(
            "megabytes",
            "B",
            f"{self.chance.choice((1, 3, 20))}MiB",
            "{service: data}",
            self.chance.choice(("1KiB", "1MiB")),
            more,
            10,
        )

    def _day_pass(self) -> list[str]:
        return self._bucket(
            "day_pass",
            "B",
            "2MiB",
            "{service: data, roam: domestic}",
            "1KiB",
            ["period: day", f'entry: {{amount: "{self.money(50, 900)}", item: data}}'],
            5,
        )

    def _points(self) -> list[str]:
        return self._bucket(
            "points",
            "points",
            str(self.chance.choice((5, 40))),
            "{service: [voice, sms, data], direction: out}",
            "1",
            ["points: {voice: 60s, sms: 1, data: 1MiB}"],
            40,
        )

    # ------------------------------------------------------------ limits and the rest

    def _limits(self) -> None:
        out: list[str] = []
        if self.some(0.35):
            out.append(
                f'  min_spend: {{amount: "{self.money(500, 12000)}",'
                " items: [local, long, message, data],"
                " text: {zh: 低消, en: Minimum}}"
            )
        caps = []
        if self.some(0.25):
            caps.append(
                f'    - {{id: cap_data, items: [data], amount: "{self.money(100, 5000)}",'
                " per: period, text: {zh: 封顶, en: Cap}}"
            )
        if self.some(0.2):
            caps.append(
                f'    - {{id: cap_day, items: [local], amount: "{self.money(50, 500)}",'
                " per: day, text: {zh: 日封顶, en: Day cap}}"
            )
        if caps:
            out += ["  caps:", *caps]
        if out:
            self.lines += ["limits:", *out]

    def _discounts(self) -> None:
        if not self.some(0.3):
            return
        kind = (
            f'percent: "{self.chance.choice((5, 12, 50))}"'
            if self.some(0.7)
            else f'amount: "{self.money(10, 900)}"'
        )
        months = ", months: 6" if self.some(0.4) else ""
        items = self.chance.choice(("[rent]", "[local, long]", "[data]"))
        self.lines += [
            "discounts:",
            f"  - {{id: off, items: {items}, {kind}{months}, order: 1,"
            " text: {zh: 优惠, en: Discount}}",
        ]

    def _tax_and_rounding(self) -> None:
        if self.some(0.3):
            included = self.chance.choice(("true", "false"))
            self.lines += [
                "tax:",
                f'  - {{code: VAT, rate: "0.06", included: {included}, text: {{zh: 税, en: Tax}}}}',
            ]
        mode = self.chance.choice(("half_up", "half_even", "up", "down"))
        event = self.chance.choice(
            ("none", "{digits: 2, mode: half_up}", f"{{digits: 2, mode: {mode}}}")
        )
        self.lines += [
            "rounding:",
            f"  event: {event}",
            f"  line: {{digits: 2, mode: {self.chance.choice(('half_up', 'half_even'))}}}",
            "  invoice: {digits: 2, mode: half_up}",
        ]
