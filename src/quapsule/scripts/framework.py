"""Which framework a text is written for, and in which form it goes to the backend."""

import re
from dataclasses import dataclass

from quapsule.errors import Problem

FRAMEWORKS = ("qiskit", "cirq", "pennylane", "openqasm", "marqov")
# What a script imports, and what it is then written for. Braket's own programs are OpenQASM.
_IMPORTED = {
    "qiskit": "qiskit",
    "cirq": "cirq",
    "pennylane": "pennylane",
    "marqov": "marqov",
    "braket": "openqasm",
    "openqasm3": "openqasm",
}

# Each pattern takes time in proportion to the text, whatever the text: no two neighbours can share the same characters.
_QASM_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_QASM_HEADER = re.compile(r"\s*OPENQASM\s+(\d+)")
_QASM_QUBITS = re.compile(r"\bq(?:ubit(?:\s*\[\s*(\d{1,9})\s*\]\s*|\s+)[^\W\d]\w*|reg\s+[^\W\d]\w*(?:\s*\[\s*(\d{1,9})\s*\])?)\s*;")
# Read line by line and not by a parser: the text is a stranger's, and Python's own parser may end the process on a hostile one.
_QUOTE = re.compile("\"\"\"|'''")
_REST = {quote: re.compile(rf"(?:[^\\]|\\.)*?{quote}", re.DOTALL) for quote in ('"""', "'''")}
# A subroutine of OpenQASM has a brace where Python has its first colon.
_PYTHON = re.compile(
    r"^(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w"
    r"|(?:async[ \t]+)?def[ \t]+\w+[ \t]*\([^{:\n]*:|\w+[ \t]*=[ \t]*[rf]?[\"'])",
    re.MULTILINE,
)
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^#;\n]+))", re.MULTILINE)


@dataclass(frozen=True)
class Text:
    """`format`: python, qasm2 or qasm3. `qubits`: what OpenQASM declares, None where it cannot be read off."""

    framework: str
    format: str
    qubits: int | None = None


def read_text(code: str, framework: str | None = None, format: str | None = None) -> Text:
    """What `code` is; a framework or format that is given must agree with it. Raises Problem validation_error."""
    bare = _QASM_COMMENT.sub(" ", code) if "OPENQASM" in code or format or framework == "openqasm" else ""
    header = _QASM_HEADER.match(bare)
    if header and header[1] not in ("2", "3"):
        raise Problem("validation_error", f"OpenQASM {header[1]} is not known.", hint="Use OpenQASM 2 or 3.")
    version = f"qasm{header[1]}" if header else None
    if format and version and format != version:
        raise Problem("validation_error", f"The format is said to be {format}, the header says {version}.")
    if format or version or (framework == "openqasm" and not _PYTHON.search(bare)):
        if framework not in (None, "openqasm"):
            raise Problem("validation_error", f"The code is OpenQASM, and framework says {framework}.")
        return Text("openqasm", version or format or "qasm3", _qubits(bare))
    found = framework or detect_framework(code) or ("openqasm" if "OPENQASM" in code else None)
    if found is None:
        raise Problem(
            "validation_error",
            "The code imports no framework that is known here.",
            hint=f"Send framework: one of {', '.join(FRAMEWORKS)}.",
        )
    return Text(found, "python")


def detect_framework(code: str) -> str | None:
    """The framework that is imported: marqov, which builds on the others, else the first. None: none of them."""
    names: list[str] = []
    for found in _IMPORT.finditer(_without_strings(code)):
        for part in (found[1] or found[2]).split(","):
            name = part.strip().split(".")[0].split(" ")[0]
            if name in _IMPORTED:
                names.append(_IMPORTED[name])
    return "marqov" if "marqov" in names else names[0] if names else None


def _without_strings(code: str) -> str:
    """Without what stands in triple quotes. A quote that is never closed is looked after once, not from each place where it stands."""
    kept, at, endless = [], 0, set()
    for opened in _QUOTE.finditer(code):
        quote = opened[0]
        if opened.start() < at or quote in endless:
            continue
        closed = _REST[quote].match(code, opened.end())
        if closed is None:
            endless.add(quote)
            continue
        kept.append(code[at : opened.start()] + '""')
        at = closed.end()
    return "".join(kept) + code[at:]


def _qubits(bare: str) -> int | None:
    declared = [int(found[1] or found[2] or 1) for found in _QASM_QUBITS.finditer(bare)]
    return sum(declared) if declared else None
