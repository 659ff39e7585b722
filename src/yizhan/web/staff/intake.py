"""Usage files taken in, and the rows that were kept aside: correct, try again, dismiss."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import usage
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.terms import QUARANTINE_REASON
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading, works_of

AnyRequest = Request[Any, Any, Any]
PAGE = 50
FILE_NAME_MAX = 200
USUAL_MAPPING = "standard"


@get("/intake", needs=("intake.run", "quarantine.correct"))
async def overview(request: AnyRequest) -> Response[Any]:
    """The files taken in, what they came to, and what waits in quarantine by reason."""
    return await _overview(request)


@post("/intake", needs="intake.run", status_code=200)
async def take_in(request: AnyRequest) -> Response[Any]:
    """Take in a file sent from this page."""
    form = await Form.of(request)
    try:
        upload = form.files.get("file")
        if upload is None or not upload.filename:
            raise Invalid("Choose a file.", field="file")
        mapping = usage.built_in_mapping(form.required("mapping"))
        actor = visit_of(request).actor
        journal = await usage.intake(
            works_of(request),
            cast("BinaryIO", upload.file),
            mapping=mapping,
            actor=actor,
            file=upload.filename[:FILE_NAME_MAX],
            number=form.value("number"),
            home_area=form.value("home_area"),
            force=form.has("force"),
        )
    except CareError as error:
        return await _overview(request, form=form.wrong(request, error), status=422)
    counts = journal.counts
    return done(
        request,
        "/intake",
        "{rows} rows read: {accepted} taken in, {duplicates} known already, {kept} kept aside.",
        kind="warn" if counts.quarantined else "good",
        rows=counts.rows_read,
        accepted=counts.accepted,
        duplicates=counts.duplicates,
        kept=counts.quarantined,
    )


@get("/quarantine", needs="quarantine.correct")
async def quarantine(
    request: AnyRequest, reason: str = "", standing: str = "open", after: UUID | None = None
) -> Response[Any]:
    """Rows kept aside, oldest first."""
    async with reading(request) as work:
        found = await usage.list_quarantined(
            work,
            state=standing if standing in ("open", "replayed", "dismissed") else "open",
            reason=reason or None,
            after=after,
            limit=PAGE + 1,
        )
        counts = await usage.count_quarantined(work)
    return page(
        request,
        "staff/quarantine.html",
        title="Quarantine",
        section="intake",
        rows=[{"one": one, "words": words(request, one.message)} for one in found[:PAGE]],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        reasons=_reasons(request, counts),
        reason=reason,
        standing=standing,
    )


@get("/quarantine/{row_id:uuid}", needs="quarantine.correct")
async def one(request: AnyRequest, row_id: UUID) -> Response[Any]:
    """One row by its columns, with what is wrong."""
    return await _one(request, row_id)


@post("/quarantine/{row_id:uuid}", needs="quarantine.correct", status_code=200)
async def act(request: AnyRequest, row_id: UUID) -> Response[Any]:
    """Correct and try again, try again as it is, or dismiss with a reason."""
    form = await Form.of(request)
    what = form.value("what")
    try:
        if what == "dismiss":
            async with acting(request) as work:
                await usage.dismiss(work, row_id, note=form.value("note"))
            return done(request, "/quarantine", "The row was dismissed.", kind="warn")
        async with acting(request) as work:
            if what == "correct":
                await _correct(work, row_id, form)
            tried = await usage.replay(work, row_id)
    except CareError as error:
        return await _one(request, row_id, form=form.wrong(request, error), status=422)
    if tried.result == "broken":
        sentence = "It still cannot be taken in: {reason}"
        reason = tried.quarantined.message
        return done(request, f"/quarantine/{row_id}", sentence, kind="bad", reason=reason)
    if tried.result == "duplicate":
        return done(request, "/quarantine", "The record was known already.", kind="info")
    return done(request, "/quarantine", "The record was taken in.")


@post("/quarantine/replay", needs="quarantine.correct", status_code=200)
async def replay_all(request: AnyRequest) -> Response[Any]:
    """Try all open rows of a reason again."""
    form = await Form.of(request)
    reason = form.value("reason")
    count = await usage.replay_all(
        works_of(request), visit_of(request).actor, reason=reason or None, limit=5000
    )
    async with reading(request) as work:
        counts = await usage.count_quarantined(work)
    left = counts.get(reason, 0) if reason else sum(counts.values())
    return done(
        request,
        f"/quarantine?reason={quote(reason)}" if left else "/quarantine",
        "{count} rows were taken in; {left} of these still wait.",
        kind="warn" if left else "good",
        count=count,
        left=left,
    )


async def _correct(work: Any, row_id: UUID, form: Form) -> None:
    cells = {
        name.removeprefix("cell-"): values[0]
        for name, values in form.values.items()
        if name.startswith("cell-")
    }
    if cells:
        await usage.correct(work, row_id, cells=cells)
    else:
        await usage.correct(work, row_id, text=form.value("text"))


def _reasons(request: AnyRequest, counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Reasons with their words and how many rows wait for each."""
    return [
        (code, words(request, QUARANTINE_REASON[code]), count) for code, count in counts.items()
    ]


def _aside(journal: usage.Intake, found: usage.KeptAside | None) -> dict[str, int]:
    """What became of a file's rows that were kept aside; ``before``: known from earlier files."""
    found = found or usage.KeptAside()
    here = found.waiting + found.put_right + found.dismissed
    return {
        "put_right": found.put_right,
        "waiting": found.waiting,
        "dismissed": found.dismissed,
        "before": max(0, journal.counts.quarantined - here),
    }


async def _overview(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    may = visit_of(request).actor.may
    async with reading(request) as work:
        journals = await usage.list_intakes(work, limit=30) if may("quarantine.correct") else []
        aside = await usage.became_of(work, [one.id for one in journals]) if journals else {}
        counts = await usage.count_quarantined(work)
    return page(
        request,
        "staff/intake.html",
        title="Usage intake",
        section="intake",
        status=status,
        journals=[(one, _aside(one, aside.get(one.id))) for one in journals],
        reasons=_reasons(request, counts),
        mappings=[
            (name, f"{words(request, mapping.text)} ({name})")
            for name, mapping in usage.built_in().items()
        ],
        usual_mapping=USUAL_MAPPING,
        form=form,
    )


async def _one(
    request: AnyRequest, row_id: UUID, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        row = await usage.get_quarantined(work, row_id)
        cells = await usage.cells_of(work, row)
    return page(
        request,
        "staff/quarantined.html",
        title="Quarantined row",
        section="intake",
        status=status,
        row=row,
        words_of_row=words(request, row.message),
        cells=cells,
        form=form,
    )


ROUTES: list[Any] = [overview, take_in, quarantine, one, act, replay_all]
