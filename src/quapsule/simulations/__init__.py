"""Simulations: what ran in people's browsers, as far as they let it be recorded."""
