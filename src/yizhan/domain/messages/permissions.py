"""What this room lets an actor do, by name."""

SEND = "messages.send"
"""Send a message again, or an answer by hand."""
READ = "messages.read"
"""See the outbox, texts of codes included."""
MANAGE = "messages.manage"
"""Word the templates and set the quiet hours."""
CUSTOMER = "customers.read"
"""See a customer's messages, codes left out."""

PERMISSIONS = frozenset({SEND, READ, MANAGE, CUSTOMER})
