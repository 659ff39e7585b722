"""Rights that this room asks for."""

INTAKE = "intake.run"
READ = "usage.read"
CORRECT = "quarantine.correct"
PERMISSIONS = frozenset({INTAKE, READ, CORRECT})
