"""Pages and APIs: parse, call one service, present."""
