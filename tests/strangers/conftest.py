"""Two neighbours with all a customer can have, the web floor, and their browsers."""

from yizhan.web.conftest import _open_vault, app  # noqa: F401
from yizhan.web.site.tests.conftest import _quick, browse, town  # noqa: F401
