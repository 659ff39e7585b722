"""Import contracts of our own: rooms have doors, and inside them thinking stands apart from doing.

``DoorContract``: from outside ``yizhan.domain.cases`` one may import ``yizhan.domain.cases`` and
nothing beneath it. ``SliceContract``: inside a room imports go one way, and the files that decide
(model, flow, events) reach no I/O, however indirectly.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorContract(Contract):
    """Forbid imports that climb into a room past its ``__init__``.

    Tests may borrow what the tests of another room stand on.
    """

    type_name = "door"

    rooms: Any = fields.ModuleField()
    exempt: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every direct import of something inside a room by something outside it."""
        trespasses = sorted(
            (importer, imported)
            for room in graph.find_children(self.rooms.name)
            for imported in graph.find_descendants(room)
            for importer in graph.find_modules_that_directly_import(imported)
            if importer != room
            and not importer.startswith(f"{room}.")
            and importer not in (self.exempt or ())
            and not (".tests." in importer and ".tests." in imported)
        )
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each trespass."""
        for importer, imported in check.metadata["trespasses"]:
            output.print_error(f"{importer} climbs in by the window: {imported}", bold=False)


class SliceContract(Contract):
    """The order of files inside a room, and what the deciding ones may never reach."""

    type_name = "slices"

    rooms: Any = fields.ModuleField()
    thinkers: Any = fields.ListField(subfield=fields.StringField())
    forbidden: Any = fields.ListField(subfield=fields.StringField())
    order: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Imports that go up inside a room, and chains from a thinker to the world."""
        wrong: list[str] = []
        rank = {name: place for place, name in enumerate(self.order)}
        rank["jobs"] = rank["reactions"]
        rank["queries"] = rank["service"]
        for room in sorted(graph.find_children(self.rooms.name)):
            for module in sorted(graph.find_children(room)):
                wrong += self._upward(graph, room, module, rank)
                if module.rsplit(".", 1)[1] in self.thinkers:
                    wrong += self._worldly(graph, module)
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def _upward(
        self, graph: ImportGraph, room: str, module: str, rank: dict[str, int]
    ) -> list[str]:
        name = module.rsplit(".", 1)[1]
        if name not in rank:
            return []
        return [
            f"{module} imports upward: {imported}"
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if imported.startswith(f"{room}.")
            and rank.get(imported.removeprefix(f"{room}.").split(".")[0], 99) < rank[name]
        ]

    def _worldly(self, graph: ImportGraph, module: str) -> list[str]:
        found = []
        for forbidden in self.forbidden:
            if forbidden not in graph.modules:
                continue
            ours = forbidden.startswith(self.rooms.name.split(".")[0] + ".")
            inside = graph.find_descendants(forbidden) if ours else set()
            for target in sorted({forbidden, *inside}):
                chain = graph.find_shortest_chain(module, target)
                if chain and not self._through_a_lower_door(module, chain):
                    found.append(f"{module} reaches the world: {' -> '.join(chain)}")
        return found[:3]

    def _through_a_lower_door(self, module: str, chain: tuple[str, ...]) -> bool:
        """Another room's door leads to its I/O too; what counts is our own thinking."""
        room = module.rsplit(".", 1)[0]
        rooms = self.rooms.name
        return any(
            step.startswith(f"{rooms}.") and not step.startswith(f"{room}.") and step != room
            for step in chain[1:]
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each."""
        for line in check.metadata["wrong"]:
            output.print_error(line, bold=False)
