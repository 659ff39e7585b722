"""Children that are kept running."""

import os
import sys
import time
from pathlib import Path

import pytest

from yizhan.platform.supervise import Child, stop_all

pytestmark = pytest.mark.processes


def child(tmp_path: Path, script: str) -> Child:
    return Child("one", [sys.executable, "-c", script], dict(os.environ), tmp_path / "one.log")


def test_a_killed_child_is_replaced(tmp_path: Path) -> None:
    one = child(tmp_path, "import time; time.sleep(60)")
    one.start()
    assert one.process is not None
    first = one.process
    first.kill()
    first.wait()
    one.look_after(time.monotonic())
    one.look_after(time.monotonic() + 1)
    assert one.running
    assert one.process.pid != first.pid
    stop_all([one])
    assert not one.running


def test_the_pause_grows_with_every_fall(tmp_path: Path) -> None:
    one = child(tmp_path, "raise SystemExit(3)")
    now = 1000.0
    pauses = []
    for _ in range(9):
        one.start()
        assert one.process is not None
        one.process.wait()
        one.start_again_at = now + 10**9
        one.look_after(now)
        pauses.append(round(one.start_again_at - now, 1))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_child_that_does_not_listen_is_ended(tmp_path: Path) -> None:
    deaf = child(
        tmp_path,
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True);"
        "time.sleep(60)",
    )
    deaf.start()
    deadline = time.monotonic() + 20
    while "deaf" not in deaf.last_words() and time.monotonic() < deadline:
        time.sleep(0.02)
    stop_all([deaf], seconds=0.2)
    assert not deaf.running


_TOLD = """
import os, time
from yizhan.platform.supervise import wait_to_be_told
print("loaded", flush=True)
wait_to_be_told()
print("told", os.environ.get("WORD"), flush=True)
time.sleep(60)
"""


def says(one: Child, words: str) -> bool:
    deadline = time.monotonic() + 30
    while words not in one.last_words() and time.monotonic() < deadline:
        time.sleep(0.02)
    return words in one.last_words()


def test_a_child_started_ahead_waits_until_it_is_told(tmp_path: Path) -> None:
    one = child(tmp_path, _TOLD)
    one.warm()
    assert says(one, "loaded")
    assert "told" not in one.last_words()
    pid = one.process and one.process.pid
    one.environment |= {"WORD": "天津"}
    one.start()
    assert says(one, "told 天津")
    assert one.process is not None
    assert one.process.pid == pid
    one.process.kill()
    one.process.wait()
    one.look_after(time.monotonic())
    one.look_after(time.monotonic() + 1)
    assert one.process.pid != pid, "one that falls later starts in the usual way"
    stop_all([one])


def test_one_that_died_while_it_waited_is_started_as_if_nothing_had_been(tmp_path: Path) -> None:
    one = child(tmp_path, "import os; print('told', os.environ.get('WORD'), flush=True)")
    one.warm()
    assert one.process is not None
    one.process.wait()
    one.environment |= {"WORD": "again"}
    one.start()
    assert says(one, "told again")
    stop_all([one])


def test_one_that_still_waits_is_stopped_like_any_other(tmp_path: Path) -> None:
    one = child(tmp_path, _TOLD)
    one.warm()
    assert says(one, "loaded")
    stop_all([one])
    assert not one.running
