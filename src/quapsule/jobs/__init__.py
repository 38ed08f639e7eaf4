"""Jobs: submitting, reading, ending, repeating."""
