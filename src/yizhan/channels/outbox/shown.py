"""A wire that leads nowhere: messages stay visible in the outbox, where a demonstration reads them.

Short messages go this way until an operator's short message centre is connected, e-mail while no
mail server is set.
"""

from yizhan.domain import messages


class Shown:
    """Takes every message. What it takes counts as sent, never as delivered: nobody said so."""

    async def send(self, message: messages.Message) -> messages.Outcome:
        """Take it."""
        return messages.Outcome(kind="taken", text="shown in the outbox; no wire is connected")
