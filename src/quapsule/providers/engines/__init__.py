"""The local engines. Mounted alone into a box of its own as the top-level package `engines`, so it imports nothing of ours."""
