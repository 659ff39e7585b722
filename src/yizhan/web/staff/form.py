"""A form as it was sent: what was typed stays, and what was wrong stands beside its field."""

from typing import Any, Self
from uuid import UUID

from litestar.datastructures import UploadFile

from yizhan.kernel.errors import CareError, Forbidden, Invalid, NotFound, Unauthenticated
from yizhan.web.errors import problem_of
from yizhan.web.staff.page import AnyRequest

FIELD_LENGTH_MAX = 400_000


class Form:
    """Values by name; several of one name keep their order."""

    def __init__(self, values: dict[str, list[str]] | None = None) -> None:
        self.values = values or {}
        self.errors: dict[str, str] = {}
        self.files: dict[str, UploadFile] = {}

    @classmethod
    async def of(cls, request: AnyRequest) -> Self:
        """The form of this request."""
        form = cls()
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                form.files[name] = value
            else:
                form.values.setdefault(name, []).append(str(value)[:FIELD_LENGTH_MAX])
        return form

    @classmethod
    def given(cls, **values: Any) -> Self:
        """A fresh form with first values."""
        return cls({name: [str(value)] for name, value in values.items() if value is not None})

    def value(self, name: str, default: Any = "") -> str:
        """What was typed into *name*, trimmed."""
        found = self.values.get(name)
        return found[0].strip() if found else str(default)

    def all(self, name: str) -> list[str]:
        """Every value of *name* that is not empty."""
        return [value.strip() for value in self.values.get(name, []) if value.strip()]

    def has(self, name: str) -> bool:
        """Whether *name* was sent with something in it."""
        return bool(self.value(name))

    def required(self, name: str) -> str:
        """What was typed; raises ``Invalid`` when nothing was."""
        value = self.value(name)
        if not value:
            raise Invalid("Fill this in.", field=name)
        return value

    def uuid(self, name: str) -> UUID:
        """An id chosen in the form; raises ``Invalid``."""
        try:
            return UUID(self.required(name))
        except ValueError:
            raise Invalid("Choose one of the list.", field=name) from None

    def optional_uuid(self, name: str) -> UUID | None:
        """The same, or None when nothing was chosen."""
        return self.uuid(name) if self.has(name) else None

    def count(self, name: str, *, least: int = 0, most: int = 1_000_000) -> int:
        """A whole number in a range; raises ``Invalid``."""
        text = self.required(name)
        if not text.isascii() or not text.isdigit() or not least <= int(text[:12]) <= most:
            raise Invalid(
                "Give a whole number from {least} to {most}.", field=name, least=least, most=most
            )
        return int(text)

    def wrong(self, request: AnyRequest, error: CareError, **fields: str) -> Self:
        """Keep a refusal beside its field. What no typing can mend is raised again.

        *fields* says under which name of this form a field of the service is found.
        """
        if isinstance(error, (Unauthenticated, NotFound)) or (
            isinstance(error, Forbidden) and error.code == "forbidden"
        ):
            raise error
        problem = problem_of(request, error)
        name = problem.field or ""
        self.errors[fields.get(name, name)] = problem.message
        return self
