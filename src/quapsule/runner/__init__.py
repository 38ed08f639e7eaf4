"""What runs inside a script's box: it knows the door (docs/door.md) and nothing else of the platform."""
