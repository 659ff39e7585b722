"""The clock of this room: the nightly comparison with the network."""

from yizhan.domain.provisioning.audit import NIGHTLY, nightly
from yizhan.platform.jobs import Handler

JOBS: dict[str, Handler] = {NIGHTLY: nightly}
