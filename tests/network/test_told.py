"""The network tells: believed when signed, once, never when forged; polling has not to wait."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from yizhan.channels.network import SignedEar
from yizhan.channels.network.client import signature
from yizhan.domain import customers, provisioning
from yizhan.domain.provisioning import State
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.ids import new_id
from yizhan.platform.work import Works
from yizhan.web import notices
from yizhan.web.conftest import Hire, bearer
from yizhan.web.provider import FORGERIES_MAX, Forgeries

SECRET = b"a secret of a network and a house"


@pytest.fixture(autouse=True)
def _listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(notices, "_forgeries", Forgeries())
    provisioning.connect(SignedEar(SECRET))
    yield
    provisioning.connect(None)


async def asked(works: Works, key: str = "a") -> UUID:
    """A request that is on its way."""
    async with works.begin(SYSTEM) as work:
        customer = await customers.create_customer(work, name="陈先生")
        one = await provisioning.request(
            work, line_id=new_id(), action="line.bar", key=key, customer_id=customer.id,
            number="13000000001",
        )  # fmt: skip
        await provisioning.claim(work)
    return one.id


def word(
    request_id: UUID, state: str = "done", *, at: datetime | None = None, nonce: str = "n" * 32
) -> tuple[bytes, dict[str, str]]:
    """A notice as the network signs it."""
    body = json.dumps({"id": str(request_id), "state": state, "reason": "因为"}).encode()
    moment = (at or datetime.now(UTC)).isoformat()
    return body, {
        "x-network-moment": moment,
        "x-network-nonce": nonce,
        "x-network-signature": signature(SECRET, moment, nonce, body),
    }


async def tell(visitor: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = await visitor.post("/network/notice", content=body, headers=headers)
    return answer.status_code, answer.text


async def standing(works: Works, request_id: UUID) -> tuple[State, list[str]]:
    async with works.read(SYSTEM) as work:
        one = await provisioning.get(work, request_id)
        steps = await provisioning.steps_of(work, [one])
        for proof in provisioning.INVARIANTS:
            assert not await work.db.fetch(proof.sql, 5), proof.name
    return one.state, [step.what for step in steps[request_id]]


async def test_what_the_network_says_is_taken_once(
    visitor: httpx.AsyncClient, works: Works
) -> None:
    one = await asked(works)
    said = word(one)
    assert await tell(visitor, *said) == (200, "taken")
    assert await tell(visitor, *said) == (200, "repeated")
    assert await tell(visitor, *word(one, nonce="m" * 32)) == (200, "nothing_new")
    assert await standing(works, one) == (State.DONE, ["queued", "sent", "done"])
    async with works.read(SYSTEM) as work:
        heard = await provisioning.list_heard(work, request_id=one)
    assert [(each.verdict, each.times) for each in heard] == [("taken", 2), ("nothing_new", 1)]


async def test_a_refusal_said_after_the_end_changes_nothing_and_is_seen(
    visitor: httpx.AsyncClient, works: Works
) -> None:
    one = await asked(works)
    assert await tell(visitor, *word(one)) == (200, "taken")
    assert await tell(visitor, *word(one, "refused", nonce="m" * 32)) == (200, "too_late")
    assert await standing(works, one) == (State.DONE, ["queued", "sent", "done", "told_late"])


async def test_accepted_is_no_answer(visitor: httpx.AsyncClient, works: Works) -> None:
    one = await asked(works)
    assert await tell(visitor, *word(one, "accepted")) == (200, "nothing_new")
    assert await standing(works, one) == (State.SENT, ["queued", "sent"])


async def test_a_request_nobody_made_is_kept(visitor: httpx.AsyncClient, works: Works) -> None:
    assert await tell(visitor, *word(new_id())) == (200, "unknown_request")


@pytest.mark.parametrize(
    "reason", ["bad signature", "stale", "no moment or nonce", "not as agreed"]
)
async def test_forgeries_change_nothing_and_are_kept(
    visitor: httpx.AsyncClient, works: Works, reason: str
) -> None:
    one = await asked(works)
    now = datetime.now(UTC)
    body, headers = {
        "bad signature": word(one),
        "stale": word(one, at=now - timedelta(seconds=301)),
        "no moment or nonce": word(one, nonce=""),
        "not as agreed": word(one, "perhaps"),
    }[reason]
    if reason == "bad signature":
        body = body.replace(b"done", b"refused")
    assert await tell(visitor, body, headers) == (403, "refused")
    assert await standing(works, one) == (State.SENT, ["queued", "sent"])
    async with works.read(SYSTEM) as work:
        (kept,) = await provisioning.list_heard(work)
    assert (kept.verdict, kept.reason) == ("forged", reason)


async def test_who_watches_the_network_sees_what_was_not_believed(
    visitor: httpx.AsyncClient, hire: Hire, works: Works
) -> None:
    await tell(visitor, b"{}", {})
    me = bearer(await hire("lead"), **{"Accept-Language": "en"})
    seen = await visitor.get("/network", headers=me)
    assert "Heard, and not taken" in seen.text and "bad signature" in seen.text


async def test_nobody_is_believed_where_no_network_is(
    visitor: httpx.AsyncClient, works: Works
) -> None:
    provisioning.connect(None)
    assert (await tell(visitor, *word(await asked(works))))[0] == 403


async def test_a_storm_of_forgeries_is_not_kept(visitor: httpx.AsyncClient, works: Works) -> None:
    answers = [await tell(visitor, b"{}", {}) for _ in range(FORGERIES_MAX + 2)]
    assert [status for status, _ in answers[-3:]] == [403, 429, 429]
    one = await asked(works)
    assert await tell(visitor, *word(one)) == (200, "taken"), "the network itself always passes"
