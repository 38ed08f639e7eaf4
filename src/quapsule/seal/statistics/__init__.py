"""Whether two runs, or a series of them, sampled the same distribution."""
