"""The dunning board, as a lead and an agent use it."""

from datetime import timedelta

import httpx

from yizhan.domain import customers
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web.conftest import Hire, bearer

_OWES = (
    "INSERT INTO dunning (customer_id, account_id, step, step_at, rule, owed_fen, overdue_fen,"
    " first_due, one_way_at) VALUES ($1, $2, 'one_way', $3, 'standard', 10800, 10800, $4, $3)"
)


async def test_a_lead_sees_who_owes_and_lets_him_pay_later(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        account = await customers.open_account(work, one.id)
        due = work.today - timedelta(days=40)
        await work.db.execute(_OWES, one.id, account.id, work.now, due)
        until = (work.today + timedelta(days=5)).isoformat()
    me = bearer(await hire("lead"), **{"Accept-Language": "en"})
    board = await visitor.get("/dunning", headers=me)
    assert account.number in board.text and "Outgoing stopped" in board.text
    assert account.number not in (await visitor.get("/dunning?step=full", headers=me)).text
    shown = await visitor.get(f"/dunning?account={account.id}", headers=me)
    assert "Stopped for arrears: 108.00 yuan not paid" in shown.text
    screen = await visitor.get(f"/customers/{one.id}", headers=me)
    assert "Stopped for arrears: 108.00 yuan not paid" in screen.text

    async def send(**form: str) -> httpx.Response:
        return await visitor.post(
            f"/dunning/{account.id}", data=form, headers=me, follow_redirects=True
        )

    late = await send(act="defer", until="2099-01-01", reason="再等等")
    assert late.status_code >= 400 and "at most 15 days" in late.text
    assert (await send(act="defer", until="soon", reason="再等等")).status_code == 422
    done = await send(act="defer", until=until, reason="周五发工资")
    assert "Deferred" in done.text and "周五发工资" in done.text
    assert await works.pool.fetchval("SELECT count(*) FROM job WHERE kind = 'collections.tick'")
    assert "Dunning goes on." in (await send(act="release")).text
    chinese = {**me, "Accept-Language": "zh"}
    assert "单向停机" in (await visitor.get("/dunning", headers=chinese)).text


async def test_the_board_is_not_for_everybody(visitor: httpx.AsyncClient, hire: Hire) -> None:
    me = bearer(await hire("product"))
    assert (await visitor.get("/dunning", headers=me)).status_code == 403
