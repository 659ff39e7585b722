"""Caps set, changed, lifted and removed on the customer's site, seen at the desk and by the API."""

from yizhan.domain import limits
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person


async def caps_of(works: Works, me: Person) -> list[tuple[str, int, str]]:
    async with works.read(SYSTEM) as work:
        found = await limits.of_line(work, me.line)
    return [(one.kind.value, one.amount, one.at_full.value) for one in found.caps]


async def test_a_cap_is_set_changed_and_removed(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    page = await reader.get("/my/limits")
    assert page.status_code == 200 and "not set" in page.text
    line = str(me.line)
    form = {"line": line, "kind": "spend", "at_full": "stop", "act": "set"}
    answer = await reader.post("/my/limits", amount="88.50", **form)
    assert answer.status_code == 303
    assert await caps_of(works, me) == [("spend", 8850, "stop")]
    await reader.post("/my/limits", amount="88.50", **form)
    assert await works.pool.fetchval("SELECT count(*) FROM limit_cap") == 1  # the same again
    data = form | {"kind": "data", "at_full": "tell"}
    await reader.post("/my/limits", amount="500", **data)
    assert (await caps_of(works, me))[1:] == [("data", 500 * limits.MB, "tell")]
    shown = (await reader.get("/my/limits")).text
    assert "<progress" in shown and "88.50 yuan" in shown and "500 MB" in shown
    await reader.post("/my/limits", line=line, kind="spend", act="remove")
    assert [kind for kind, _, _ in await caps_of(works, me)] == ["data"]


async def test_what_is_wrong_stands_beside_its_field(
    town: dict[str, Person], browse: Browser
) -> None:
    reader, me = await browse(WANG), town[WANG]
    await reader.get("/my/limits")
    form = {"line": str(me.line), "at_full": "stop", "act": "set"}
    for kind, amount in (("data", "many"), ("data", "0"), ("spend", "-3"), ("spend", "")):
        answer = await reader.post("/my/limits", kind=kind, amount=amount, **form)
        assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text, (kind, amount)
    lifted = await reader.post("/my/limits", line=str(me.line), kind="spend", act="lift")
    assert lifted.status_code == 404


async def test_nobody_limits_the_line_of_another(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, other = await browse(WANG), town[LIU]
    await reader.get("/my/limits")
    assert (await reader.get(f"/my/limits?line={other.line}")).status_code == 404
    answer = await reader.post(
        "/my/limits", line=str(other.line), kind="spend", amount="5", at_full="stop", act="set"
    )
    assert answer.status_code == 404
    assert await caps_of(works, other) == []
