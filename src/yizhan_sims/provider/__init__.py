"""A payment provider to try the house against: signs, pays, calls back, misbehaves when told to."""
