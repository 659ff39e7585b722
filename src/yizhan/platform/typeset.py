"""Typesets a sheet as PDF: one of our own templates and data, in a thread, never over the network.

What stands on a sheet goes in as JSON and is read by the template as values: a customer's name is
never code. The fonts come with the program, so a bill looks the same on every machine.
"""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst

THREADS = 2
"""Typesetting holds a processor for a while: more at once would only take it from the pages."""
_ACCESSIBLE: Literal["ua-1"] = "ua-1"
"""PDF/UA-1 (ISO 14289-1): tagged, with title and language; refuses to make anything else."""


@cache
def _fonts() -> Any:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)],
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="typeset")


async def pdf(template: Path, data: Mapping[str, Any], *, moment: datetime) -> bytes:
    """The sheet as a PDF whose date is *moment*; *template* reads nothing outside its folder.

    The same template, data and moment give the same bytes.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), compiled, template, data, moment)


def compiled(template: Path, data: Mapping[str, Any], moment: datetime) -> bytes:
    """The same, here and now: for who is in a thread already."""
    return typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=[_ACCESSIBLE],
        timestamp=int(moment.timestamp()),
    )
