"""Sheets as downloads: read within the request's act, typeset after it, answered as PDF."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from yizhan.domain import papers
from yizhan.web.visit import config_of

PDF = "application/pdf"
PDF_BODY = {
    200: ResponseSpec(
        data_container=bytes, description="The PDF.", media_type=PDF, generate_examples=False
    )
}
"""Documents a route of the API that answers with a PDF."""


def letterhead(request: Request[Any, Any, Any]) -> papers.Letterhead:
    """Whose paper it is, and where the code on a bill leads."""
    config = config_of(request)
    site = config.public_url or str(request.base_url).rstrip("/")
    return papers.Letterhead(operator=config.operator, site=site)


async def download(sheet: papers.Sheet) -> Response[bytes]:
    """The sheet as a file to keep."""
    content = await papers.drawn(sheet)
    name = quote(sheet.file_name, safe="")
    return Response(
        content,
        media_type=PDF,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )
