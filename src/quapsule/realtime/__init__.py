"""Pushing what happened to those who may see it."""
