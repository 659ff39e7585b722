"""What a data folder remembers of its demo: being loaded, which one it was, its log-ins."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class Marks:
    """Two files in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.loading_file = folder / "demo-loading"
        self.loaded_file = folder / "demo.json"

    @property
    def loading(self) -> bool:
        """Whether a loading was begun and never ended."""
        return self.loading_file.exists()

    @property
    def loaded(self) -> str | None:
        """The catalogue that was loaded."""
        return self._read().get("catalogue")

    @property
    def logins(self) -> list[dict[str, str]]:
        """Who may sign in."""
        return list(self._read().get("logins", []))

    def begin(self) -> None:
        """A loading begins."""
        self.loading_file.touch()

    def end(self) -> None:
        """It is complete."""
        self.loading_file.unlink(missing_ok=True)

    def keep(self, catalogue: str, logins: Iterable[Mapping[str, str]]) -> None:
        """Remember what was loaded, for the owner of the folder alone."""
        fresh = self.loaded_file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            said = {"catalogue": catalogue, "logins": [dict(one) for one in logins]}
            json.dump(said, file, ensure_ascii=False)
        fresh.replace(self.loaded_file)

    def _read(self) -> dict[str, Any]:
        try:
            said = json.loads(self.loaded_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}


def as_lines(logins: Iterable[Mapping[str, str]]) -> list[str]:
    """The log-ins as a person reads them."""
    rows = [(one["login"], one["password"], one.get("words", "")) for one in logins]
    if not rows:
        return []
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    return [
        "log-ins 登录账号:",
        *(f"  {login:<{first}}  {word:<{second}}  {words}" for login, word, words in rows),
    ]
