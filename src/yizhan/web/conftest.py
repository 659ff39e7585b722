"""A web floor on a database of its own, somebody of every role to visit it, and a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.work import Works
from yizhan.web.app import build_app
from yizhan.web.config import WebConfig
from yizhan.web.live import Relay
from yizhan.web.observe import Observed

PASSWORD = "four horses run north"


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


@cache
def built() -> Litestar:
    """The whole floor, put together once for all tests; each brings its own database."""

    def unopened() -> AbstractAsyncContextManager[Works]:
        raise AssertionError("tests bring their own database")

    return build_app(unopened, WebConfig(private_callbacks=True))


@pytest.fixture
def app(works: Works) -> Litestar:
    floor = built()
    floor.state.works = works
    floor.state.relay = Relay(works)
    return floor


@pytest.fixture
async def visitor(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody we do not know, with a browser that keeps cookies."""
    whole: Any = Observed(app)
    transport = httpx.ASGITransport(whole, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


Hire = Callable[..., Awaitable[str]]


@pytest.fixture
def hire(works: Works, monkeypatch: pytest.MonkeyPatch) -> Hire:
    """Make a user of these roles and sign him in: his token. Hashing is quick here."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("yizhan.domain.staff.passwords._hasher", quick)

    async def hired(*roles: str, login: str | None = None, due: bool = False) -> str:
        name = login or "-".join(sorted(roles))
        async with works.begin(SYSTEM) as work:
            await staff.create_user(
                work, login=name, name="王丽", roles=roles, password=PASSWORD, change_due=due
            )
        token, _ = await staff.sign_in(works, name, PASSWORD)
        return token

    return hired


def bearer(token: str, **more: str) -> dict[str, str]:
    """Headers of a caller who holds *token*."""
    return {"Authorization": f"Bearer {token}", **more}
