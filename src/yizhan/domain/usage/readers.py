"""Small functions that read one field from the cells of a row, built once for a mapping."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter

from yizhan.domain.usage import mapping, units
from yizhan.domain.usage.cutting import Cells
from yizhan.domain.usage.mapping import SERVICES, FieldRule
from yizhan.domain.usage.model import Broken

Reader = Callable[[Cells], str]


class Readers:
    """Builds the readers of a mapping's fields."""

    def __init__(self, rules: mapping.Mapping, place: Mapping[str, int]) -> None:
        """*place* says where in the cells a column stands."""
        self._mapping, self._place = rules, place

    def picker(self, fields: Sequence[str]) -> Callable[[Cells], object]:
        """Gives the cells that some fields look at, all at once."""
        rules = [rule for field in fields if (rule := self._mapping.rule(field)) is not None]
        names = dict.fromkeys(name for rule in rules for name in rule.sources)
        if not names:
            return lambda _: ()
        return itemgetter(*(self._place[name] for name in names))

    def text(self, rule: FieldRule, field: str, *, needed: bool = False) -> Reader:
        """The text of a field. Raises ``Broken`` for an unknown word or, if *needed*, for none."""
        if rule.constant is not None:
            return partial(_constant, str(rule.constant))
        places = [self._place[name] for name in rule.sources]
        default = rule.default
        values, otherwise = rule.values, rule.otherwise

        def one(cells: Cells) -> str:
            text = cells[place].strip()
            if not text:
                if default is not None:
                    return default
                if needed:
                    raise Broken("missing_field", field, field=field)
                if values is None:
                    return text
            if values is None:
                return text
            found = values.get(text, otherwise)
            if found is None:
                if not text:
                    return text
                code = "unknown_service" if field == "service" else "unknown_value"
                raise Broken(code, field, field=field, value=text[:40])
            return found

        def many(cells: Cells) -> str:
            text = " ".join(cells[index].strip() for index in places).strip()
            if needed and not text:
                raise Broken("missing_field", field, field=field)
            return text

        if len(places) == 1:
            place = places[0]
            return one
        return many

    def optional(self, rule: FieldRule | None, field: str) -> Reader | None:
        """The text of a field the mapping may not name."""
        return None if rule is None else self.text(rule, field)

    def word(self, field: str, default: str) -> Reader:
        """The word of a field; *default* where there is none."""
        rule = self._mapping.rule(field)
        if rule is None:
            return partial(_constant, default)
        read = self.text(rule, field)
        return (lambda cells: read(cells) or default) if default else read

    def short(self, field: str, limit: int) -> Reader:
        """The text of a field. Raises ``Broken`` when it is over *limit* or cannot be shown."""
        rule = self._mapping.rule(field)
        if rule is None:
            return partial(_constant, "")
        read = self.text(rule, field)

        def short(cells: Cells) -> str:
            text = read(cells)
            if len(text) > limit:
                raise Broken("field_too_long", field, field=field, limit=limit)
            if not text.isprintable():
                raise Broken("bad_character", field)
            return text

        return short

    def quantities(self) -> dict[str, Callable[[Cells], int]]:
        """Service -> how much, in its own unit."""
        rules = self._mapping.quantities()
        readers = {service: self._one_quantity(rule) for service, rule in rules.items()}
        if "" in readers:
            return dict.fromkeys(SERVICES, readers[""])
        return readers

    def _one_quantity(self, rule: FieldRule) -> Callable[[Cells], int]:
        convert = units.quantity(rule.unit, rule.round)
        if rule.constant is not None:
            constant = convert(str(rule.constant))
            return lambda _: constant
        places = [self._place[name] for name in rule.sources]
        default = rule.default
        if len(places) == 1 and default is None:
            place = places[0]

            def single(cells: Cells) -> int:
                text = cells[place].strip()
                if not text:
                    raise Broken("missing_field", "quantity", field="quantity")
                return convert(text)

            return single

        def read(cells: Cells) -> int:
            total = 0
            for place in places:
                text = cells[place].strip() or default
                if not text:
                    raise Broken("missing_field", "quantity", field="quantity")
                total += convert(text)
            return total

        return read


def _constant(value: str, _: Cells) -> str:
    return value
