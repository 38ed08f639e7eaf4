"""The worker: takes jobs from the database, runs each script in a box, and records how it ended."""
