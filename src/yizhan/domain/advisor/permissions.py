"""Who may do what in this room."""

GIVE = "advice.give"

PERMISSIONS = (GIVE,)
