"""Quapsule: an open, self-hostable quantum job platform."""

__version__ = "0.1.0"
