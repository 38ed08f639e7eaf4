"""Whether what runs is what was asked: programs reduced to what they mean, compared, and certified. Runs in boxes and on the host."""
