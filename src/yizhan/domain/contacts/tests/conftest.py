"""Document numbers are sealed, so the vault is open; and somebody to act."""

import pytest

from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.ids import new_id
from yizhan.platform import vault


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


@pytest.fixture
def agent() -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=new_id(),
        name="li",
        channel="call_centre",
        permissions=frozenset({"customers.read", "customers.write", "contacts.write"}),
    )
