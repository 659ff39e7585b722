"""How the timeline tells what happens to the catalogue."""

from yizhan.domain.catalog import events
from yizhan.kernel.text import Text

WORDS = {
    events.OfferPublished.name: Text(
        "发布 {title_zh}（{offer_id} 第 {version} 版）",
        "{title_en} was published ({offer_id}, version {version})",
    ),
    events.SaleEnded.name: Text(
        "{offer_id} 自 {day} 起停售，后继：{successor}",
        "{offer_id} is not sold from {day} on; successor: {successor}",
    ),
}
"""Event name -> words with the payload's placeholders."""
