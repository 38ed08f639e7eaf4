"""Backends: what can run a job, for how much."""
