"""A village to limit."""

import pytest
from conftest import ObedientHouse

from yizhan.domain.limits.tests.village import Village


@pytest.fixture
def village(pool: object, network: ObedientHouse) -> Village:
    return Village(pool, network)
