"""What is measured, each beside a peer or a baseline in the same run. `python -m bench.<name>`; see README.md."""
