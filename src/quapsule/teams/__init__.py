"""Teams: who is in, with which role, and how others come in."""
