"""A port for everybody, also for who listens a moment later."""

import socket
from contextlib import ExitStack

import pytest

from yizhan.commands._ports import free_port
from yizhan.commands._settings import CommandTrouble

HERE = "127.0.0.1"


def _listen(stack: ExitStack) -> int:
    one = stack.enter_context(socket.socket())
    one.bind((HERE, 0))
    one.listen()
    port: int = one.getsockname()[1]
    return port


def test_a_port_promised_to_somebody_is_not_given_twice() -> None:
    with ExitStack() as stack:
        taken = _listen(stack)
        first = free_port(HERE, taken, only=False)
        second = free_port(HERE, taken, only=False, but=[first])
    assert taken < first < second


def test_a_wanted_port_that_is_taken_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yizhan.commands._ports._PATIENCE_SECONDS", 0.0)
    with ExitStack() as stack, pytest.raises(CommandTrouble, match="--port"):
        free_port(HERE, _listen(stack), only=True)
