"""The provider's own small pages, in Chinese and English: pay or refuse, allow or refuse."""

from html import escape
from typing import Any

_FRAME = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:16px/1.6 system-ui,sans-serif;margin:0;background:#eef2f5;color:#17212b}}
main{{max-width:26rem;margin:3rem auto;background:#fff;border-radius:12px;padding:1.5rem 2rem}}
.amount{{font-size:2rem;font-weight:600}}
button{{font:inherit;padding:.7rem 1.4rem;border-radius:8px;
border:1px solid #0b5cad;background:#0b5cad;color:#fff;margin:.4rem .4rem 0 0}}
button:focus-visible{{outline:3px solid #17212b;outline-offset:2px}}
button.no{{background:#fff;color:#8a1c1c;border-color:#8a1c1c}}small{{color:#4d5b68}}</style></head>
<body><main><small>示范支付 Sample Pay</small>{body}</main></body></html>"""


def pay(order: dict[str, Any]) -> str:
    """The question whether to pay."""
    yuan = f"{order['amount_fen'] // 100:,}.{order['amount_fen'] % 100:02d}"
    body = (
        f"<h1>{escape(order['subject'])}</h1><p class='amount'>¥{yuan}</p>"
        f"<p><small>{escape(order['order_no'])}</small></p>"
        f"<form method='post' action='/pay/{escape(order['order_no'])}'>"
        "<button name='answer' value='pay'>付款 Pay</button>"
        "<button class='no' name='answer' value='refuse'>取消 Refuse</button></form>"
    )
    return _FRAME.format(title="付款 Pay", body=body)


def bind(one: dict[str, Any]) -> str:
    """The question whether the merchant may charge from now on."""
    body = (
        f"<h1>绑定 Bind</h1><p>{escape(one['label'])}</p>"
        f"<form method='post' action='/bind/{escape(one['bind_no'])}'>"
        "<button name='answer' value='allow'>同意 Allow</button>"
        "<button class='no' name='answer' value='refuse'>拒绝 Refuse</button></form>"
    )
    return _FRAME.format(title="绑定 Bind", body=body)


def said(zh: str, en: str) -> str:
    """A sentence."""
    return _FRAME.format(title=en, body=f"<h1>{escape(zh)}</h1><p>{escape(en)}</p>")
