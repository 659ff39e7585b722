"""Quantities as people say them: minutes and seconds, MB and GB, messages, items."""

from yizhan.kernel.text import Text

_SIZES = ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB"))


def quantity(service: str, amount: int) -> Text:
    """A quantity of a service (``voice`` in seconds, ``data`` in bytes, else a count)."""
    if not amount:
        return Text("0", "0")
    match service:
        case "voice" | "fixed" | "s":
            minutes, seconds = divmod(amount, 60)
            if not seconds:
                return Text(f"{minutes} 分钟", f"{minutes} min")
            if not minutes:
                return Text(f"{seconds} 秒", f"{seconds} s")
            return Text(f"{minutes} 分 {seconds} 秒", f"{minutes} min {seconds} s")
        case "data" | "internet" | "B":
            for size, name in _SIZES:
                if amount >= size:
                    tenths = amount * 10 // size
                    shown = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
                    return Text(f"{shown} {name}", f"{shown} {name}")
            return Text(f"{amount} 字节", f"{amount} bytes")
        case "points":
            return Text(f"{amount} 点", f"{amount} points")
        case "sms" | "mms":
            return Text(f"{amount} 条", str(amount))
        case _:
            return Text(f"{amount} 次", str(amount))
