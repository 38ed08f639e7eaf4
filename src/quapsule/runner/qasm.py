"""OpenQASM text, as far as the runner reads it: which version it says it is."""


def format_of(text: str) -> str | None:
    """qasm2 or qasm3, by the first statement; None when the text does not begin with OPENQASM."""
    for line in text.splitlines():
        words = line.split()
        if words and words[0].upper() == "OPENQASM":
            return "qasm2" if len(words) > 1 and words[1].startswith("2") else "qasm3"
        if words and not words[0].startswith(("//", "/*")):
            return None
    return None
