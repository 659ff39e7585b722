"""The staff desktop: the pages people work on."""

from typing import Any

ROUTES: list[Any] = []
