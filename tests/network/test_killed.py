"""Killed while the network is asked: nothing is lost, doubled or stuck.

The network is held, not the clock: it has done what it was asked and keeps its answer back, so that
whoever is killed then dies between the effect and its knowledge, every time.
"""

from uuid import UUID

import pytest

from .conftest import House

_WAVES = ("line.bar", "feature.roaming.on", "line.unbar")


async def ask_all(house: House) -> list[list[UUID]]:
    """Three things for each line, one after the other."""
    return [
        [await house.ask(action, line, f"{action}/{line}") for action in _WAVES]
        for line in range(len(house.lines))
    ]


async def in_order(house: House, lanes: list[list[UUID]]) -> None:
    """The register stands as the last of each lane left it."""
    for line, _ in zip(house.lines, lanes, strict=True):
        there = await house.network.ask("GET", f"/lines/{line.id}")
        assert (there["barred"], there["services"]) == (False, ["roaming"])


@pytest.mark.processes
async def test_the_worker_is_killed_between_effect_and_answer(house: House) -> None:
    await house.network.behave("hold")
    lanes = await ask_all(house)
    asked = [one for lane in lanes for one in lane]
    house.start()
    await house.network.until_held(3)
    assert await house.standing([lane[0] for lane in lanes]) == ["sent"] * 3
    assert await house.standing([lane[1] for lane in lanes]) == ["queued"] * 3
    house.kill()
    await house.network.ask("POST", "/release")
    assert await house.standing([lane[0] for lane in lanes]) == ["sent"] * 3, "nobody heard it"
    await house.let_leases_end()
    house.start()
    await house.until(asked, "done")
    await in_order(house, lanes)
    await house.assert_whole(asked)


@pytest.mark.processes
async def test_the_network_is_killed_with_its_answers_in_hand(house: House) -> None:
    await house.network.behave("hold")
    lanes = await ask_all(house)
    asked = [one for lane in lanes for one in lane]
    house.start()
    await house.network.until_held(3)
    house.network.kill()
    await house.until([lane[0] for lane in lanes], "unanswered")
    await house.network.start()
    await house.let_leases_end()
    await house.until(asked, "done")
    await in_order(house, lanes)
    await house.assert_whole(asked)
