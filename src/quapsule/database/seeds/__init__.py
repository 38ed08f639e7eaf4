"""Rows that the platform brings along."""
