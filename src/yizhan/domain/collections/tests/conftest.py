"""A town to dun."""

import pytest
from conftest import ObedientHouse

from yizhan.domain.collections.tests.town import Town


@pytest.fixture
def town(pool: object, network: ObedientHouse) -> Town:
    return Town(pool, network)
