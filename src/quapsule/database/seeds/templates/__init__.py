"""The platform's own scripts: one file per slug and framework, described by its leading comment."""

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_COMMENT = {".py": "#", ".qasm": "//"}
_KEYS = ("name", "description", "category", "qubits", "parameters")


def read_templates() -> list[dict[str, Any]]:
    """One dict per file `<slug>.<framework>.py|qasm`: slug, framework, name, description, category, qubits, file_path, script_content,
    default_parameters, script_type. Raises ValueError for a header that lacks a line."""
    files = sorted(file for file in _HERE.iterdir() if file.suffix in _COMMENT and file.stem.count(".") == 1)
    return [_read(file) for file in files]


def _read(file: Path) -> dict[str, Any]:
    slug, framework = file.stem.split(".")
    text = file.read_text(encoding="utf-8")
    header = _header(text, _COMMENT[file.suffix])
    missing = [key for key in _KEYS if key not in header]
    if missing:
        raise ValueError(f"{file.name}: the header lacks {', '.join(missing)}")
    return {
        "slug": slug,
        "framework": framework,
        "name": header["name"],
        "description": header["description"],
        "category": header["category"],
        "qubits": int(header["qubits"]),
        "file_path": f"templates/{file.name}",
        "script_content": text,
        "default_parameters": json.loads(header["parameters"]),
        "script_type": None,
    }


def _header(text: str, comment: str) -> dict[str, str]:
    """The `key: value` lines of the leading comment; a line that starts with two more blanks continues the one above."""
    header: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith(comment):
            break
        said = line.removeprefix(comment)
        name, colon, value = said.strip().partition(": ")
        if said.startswith("   ") and key:
            header[key] += " " + said.strip()
        elif colon and name in _KEYS:
            key = name
            header[key] = value.strip()
    return header
