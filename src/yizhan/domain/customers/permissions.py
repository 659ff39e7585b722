"""What this room lets an actor do, by name."""

SEARCH = "customers.search"
READ = "customers.read"
WRITE = "customers.write"
READ_DOCUMENTS = "documents.read"
READ_AUDIT = "audit.read"
IMPORT = "intake.run"

PERMISSIONS = frozenset({SEARCH, READ, WRITE, READ_DOCUMENTS, READ_AUDIT, IMPORT})
