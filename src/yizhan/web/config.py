"""What the web floor must be told by who composes it."""

from zoneinfo import ZoneInfo

import msgspec

from yizhan.kernel.text import Text


class WebConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Set once at start; pages and APIs only read it."""

    operator: Text = Text("一站通信", "Yizhan Telecom")
    language: str = "zh"
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    currency: str = "CNY"
    public_url: str = ""
    """How others reach us, without a slash at the end; empty: as the request says."""
    cookie_secure: bool = False
    private_callbacks: bool = False
    """Whether TM Forum listeners may stand on private or loopback addresses."""
    body_bytes_max: int = 10 * 1024 * 1024
