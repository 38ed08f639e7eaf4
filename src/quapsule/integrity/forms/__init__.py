"""Readers of program forms into their meaning, each by that form's own library, which it imports only when it reads."""
