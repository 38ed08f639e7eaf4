"""Capsules: their rows, files, signatures and search."""
