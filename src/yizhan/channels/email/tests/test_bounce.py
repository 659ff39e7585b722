"""Returned letters as mail servers write them (RFC 3464, the forms of Postfix and Exchange)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.channels.email import Returned, read_returned

ID = "<01a204e8-1a38-76e4-9d89-c78fa4f43644@yizhan.example>"
POSTFIX = f"""\
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: care@yizhan.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<wang@example.com>: host mx.example.com said: 550 5.1.1 no such user

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Wed, 20 May 2026 12:00:00 +0800

Final-Recipient: rfc822; wang@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1
    no such user

--b1
Content-Type: %s

Message-ID: {ID}
Subject: =?utf-8?b?6LSm5Y2V?=

%s
--b1--
"""


@pytest.mark.parametrize(
    ("kind", "body"), [("message/rfc822", "text of the letter"), ("text/rfc822-headers", "")]
)
def test_what_was_returned_is_known_by_its_message_id(kind: str, body: str) -> None:
    found = read_returned((POSTFIX % (kind, body)).encode())
    assert found == [Returned(ID, "failed", "5.1.1 550 5.1.1 no such user")]


def test_a_delay_is_not_a_failure_and_a_plain_letter_is_neither() -> None:
    delayed = (POSTFIX % ("message/rfc822", "")).replace("Action: failed", "Action: delayed")
    assert [one.action for one in read_returned(delayed.encode())] == ["delayed"]
    assert read_returned(b"From: wang@example.com\r\nSubject: hello\r\n\r\nMy bill is wrong.") == []


@given(st.binary(max_size=400), st.integers(0, 1200), st.integers(0, 200))
def test_whatever_comes_in_is_read_or_left(noise: bytes, place: int, cut: int) -> None:
    whole = (POSTFIX % ("message/rfc822", "")).encode()
    read_returned(noise)
    read_returned(whole[:place] + noise + whole[place + cut :])
