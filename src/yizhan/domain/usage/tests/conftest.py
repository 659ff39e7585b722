"""A house whose clock stands still."""

import pytest

from yizhan.domain.usage.tests.town import NOW
from yizhan.platform.work import Works


@pytest.fixture
def works(pool: object) -> Works:
    return Works(pool, clock=lambda: NOW)
