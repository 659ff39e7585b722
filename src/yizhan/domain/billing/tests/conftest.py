"""A town to bill."""

import pytest

from yizhan.domain.billing.tests.town import Town


@pytest.fixture
def town(pool: object) -> Town:
    return Town(pool)
