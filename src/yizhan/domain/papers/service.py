"""Making the PDF of a sheet."""

from pathlib import Path

from yizhan.domain.papers.model import Sheet
from yizhan.platform import typeset

SHEETS = Path(__file__).with_name("sheets")


async def drawn(sheet: Sheet) -> bytes:
    """The sheet as PDF, made in a thread. Call it outside the transaction that read the sheet."""
    return await typeset.pdf(SHEETS / f"{sheet.template}.typ", sheet.data, moment=sheet.moment)
