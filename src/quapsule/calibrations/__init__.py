"""Calibrations: what a device could do at a given time, kept for ever."""
