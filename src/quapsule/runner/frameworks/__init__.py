"""One file per framework: NAME, IMPORTS (what the fork server preloads), Problem, detect, device, program_of."""
