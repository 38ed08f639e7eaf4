"""Who sealed it and when: keys, signatures, the log, proofs, timestamps."""
