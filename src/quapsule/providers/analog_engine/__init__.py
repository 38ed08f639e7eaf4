"""Analog programs of neutral atoms, on Amazon Braket's local simulator. Runs in a box of its own."""
