"""A returned letter, piped in as a mail server would, ends the message it was."""

import asyncio
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from yizhan import cli
from yizhan.domain import customers, messages
from yizhan.domain.customers import ContactKind
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

RETURNED = """\
From: MAILER-DAEMON@mx.example.com
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; wang@example.com
Action: %s
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: %s

--b--
"""


async def test_a_returned_letter_ends_its_message_and_a_delay_does_not(
    works: Works, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        await customers.add_contact_point(
            work, one.id, kind=ContactKind.EMAIL, value="wang@example.com"
        )
        facts = (await messages.get_template(work, "refund_done")).facts
        sent = await messages.send(work, customer_id=one.id, template="refund_done", facts=facts)
        await work.db.execute("UPDATE message SET send_at = created_at")  # at whatever hour it runs
        [held] = await messages.claim(work, ["email"])
        taken = messages.Outcome(kind="taken", text="250", wire_id="<7@yizhan.example>")
        await messages.settle(work, held, taken)
    states = []
    for action in ("delayed", "failed"):
        letter = (RETURNED % (action, "<7@yizhan.example>")).encode()
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(letter)))
        argv = ["bounce", "--database-url", database, "--data", str(tmp_path)]
        assert await asyncio.to_thread(cli.main, argv) == 0
        async with works.read(SYSTEM) as work:
            states.append((await messages.get(work, one.id, sent.id)).state)
    assert states == [messages.State.SENT, messages.State.FAILED]
