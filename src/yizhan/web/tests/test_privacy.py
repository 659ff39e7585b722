"""The page of personal data, as a manager uses it."""

import httpx

from yizhan.domain import customers
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer


async def test_a_manager_sets_terms_holds_and_forgets(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
    me = bearer(await hire("manager"), **{"Accept-Language": "en"})

    async def send(path: str, **form: str) -> httpx.Response:
        return await visitor.post(path, data=form, headers=me, follow_redirects=True)

    empty = await visitor.get("/privacy", headers=me)
    assert "Nobody asked to be forgotten." in empty.text and "Usage records" in empty.text
    low = await send("/privacy/terms/usage.records", months="4")
    assert low.status_code == 422 and "between 5 and 1200 months" in low.text
    assert "The term is changed" in (await send("/privacy/terms/usage.records", months="6")).text
    nobody = await send("/privacy/holds", customer="C1", authority="Court", reference="7")
    assert nobody.status_code in (404, 422)
    half = await send("/privacy/holds", customer=one.number, authority="Court")
    assert half.status_code == 422 and "Fill this in." in half.text
    held = await send("/privacy/holds", customer=one.number, authority="Court", reference="2026-7")
    assert "2026-7" in held.text
    refused = await send("/privacy/erasures", customer=one.number)
    assert refused.status_code >= 400 and "An authority ordered to keep everything" in refused.text
    hold_id = await works.pool.fetchval("SELECT id FROM legal_hold")
    await send(f"/privacy/holds/{hold_id}/lift")
    asked = await send("/privacy/erasures", customer=one.number)
    assert "until then it can be taken back" in asked.text
    erasure_id = await works.pool.fetchval("SELECT id FROM erasure")
    back = await send(f"/privacy/erasures/{erasure_id}/take-back")
    assert "The customer is not forgotten." in back.text and "request withdrawn" in back.text
