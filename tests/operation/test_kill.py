"""Processes are killed under payments and orders: what was acknowledged is in the books, once."""

import socket

import pytest

from yizhan.bench.kill import VICTIMS, rounds_of_killing


@pytest.mark.processes
async def test_no_acknowledged_payment_is_lost_or_doubled() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = await rounds_of_killing(5, port=port, subscribers=40, told=lambda _: None)
    assert done["kills"] == dict.fromkeys(VICTIMS, 1)
    assert done["acknowledged"] > 20
    assert done["paid_online"] > 0 and done["ordered"] > 0
    assert done["broken"] == 0
