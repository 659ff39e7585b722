"""A running house: a moment of a day, live pages, its whole API under made-up requests; afterwards
everything holds and TM Forum's resources are as their schemas say."""

import socket
from collections import Counter

import httpx
import pytest

from yizhan.bench import api, day, house, live
from yizhan.bench.desk import House
from yizhan.web.tmf.tests.schemas import problems

EXAMPLES = 4
TMF = {
    "customer": "/tmf-api/customerManagement/v4/customer",
    "troubleTicket": "/tmf-api/troubleTicket/v4/troubleTicket",
    "customerBill": "/tmf-api/customerBillManagement/v4/customerBill",
    "appliedCustomerBillingRate": "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate",
}
PAGE = 100
ROWS_MAX = 1000


@pytest.mark.processes
async def test_the_whole_api_answers_as_it_says_and_leaves_the_house_whole() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with house.standing(subscribers=40, port=port) as there:
        replayed = await day.day(there, scale=0.0003, mix={"cash": 4, "online": 3, "order": 3})
        assert (replayed["apart"], replayed["orders_stuck"]) == (0, 0), replayed
        assert replayed["broken"] == [] and min(replayed["answered"].values()) > 0, replayed
        told = await live.live(there, seconds=1)
        assert told["missed"] == 0 and told["pages"] == live.PAGES, told
        said = await api.whole_api(there, examples=EXAMPLES, told=lambda _: None)
        found = "\n".join(api.lines_of(said))
        assert (said.server_errors, said.undocumented) == (0, 0), found
        assert said.broken_invariants == [], found
        assert said.operations > 140 and said.examples > 2 * said.operations
        assert said.statuses["200"] + said.statuses["201"] > said.examples / 4
        seen = await every_resource(there)
    assert all(seen[name] for name in TMF), seen


async def every_resource(there: House) -> Counter[str]:
    """Every row of the three Open APIs against TM Forum's own schemas; how many there were."""
    seen: Counter[str] = Counter()
    async with httpx.AsyncClient(
        base_url=f"http://{there.host}:{there.port}",
        headers={"Authorization": f"Bearer {there.every_right}"},
        timeout=60,
        trust_env=False,
    ) as client:
        for name, address in TMF.items():
            while seen[name] < ROWS_MAX:
                params = {"limit": PAGE, "offset": seen[name]}
                answer = await client.get(address, params=params)
                assert answer.status_code in (200, 206), answer.text
                for one in answer.json():
                    assert problems(name, one) == [], (name, one)
                seen[name] += len(answer.json())
                if answer.status_code == 200 or len(answer.json()) < PAGE:
                    break
    return seen
