"""The ways in and out. Each folder is one channel and knows only its wire."""
