"""Document numbers are sealed, so the vault is open."""

import pytest

from yizhan.platform import vault


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")
