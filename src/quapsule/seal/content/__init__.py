"""What the platform writes into a capsule of a job, and reads from it to run the job again."""
