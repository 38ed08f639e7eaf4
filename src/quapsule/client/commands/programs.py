"""From what stands on the command line to the body of a submit."""

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import typer

from quapsule.client.refusals import Refused

_HEADER = re.compile(r"\A(?:\s|//[^\n]*\n|/\*.*?\*/)*OPENQASM\s+(\d+)(?:\.\d+)?\s*;", re.DOTALL)
_EXTENSIONS = {".qasm3": "qasm3", ".qasm2": "qasm2"}
_SAVED = ("template:", "script:")


def read_program(source: str, framework: str | None) -> dict[str, Any]:
    """The part of the body that says what runs.

    `template:SLUG` and `script:SLUG-OR-ID` name a saved one (SLUG@FRAMEWORK picks one of several), `-` is stdin, else a file.
    OpenQASM, told by its header or extension, goes as `circuit`, anything else as `inline_code`.
    """
    for prefix in _SAVED:
        if source.startswith(prefix):
            return _saved(source.removeprefix(prefix), framework)
    text = _read(source)
    language = qasm_version(text, source)
    if language and framework in (None, "openqasm"):
        return {"circuit": {"format": language, "payload": text}, "framework": "openqasm"}
    return {"inline_code": text, **({"framework": framework} if framework else {})}


def qasm_version(text: str, name: str = "") -> str | None:
    """`qasm2`, `qasm3`, or None for a text that is no OpenQASM. The header wins over the extension."""
    header = _HEADER.match(text)
    if header:
        return "qasm2" if header.group(1) == "2" else "qasm3"
    suffix = Path(name).suffix.lower()
    if suffix == ".qasm":
        return "qasm2" if "qelib1.inc" in text else "qasm3"
    return _EXTENSIONS.get(suffix)


def read_parameters(pairs: list[str]) -> dict[str, Any]:
    """`k=v` pairs; v is JSON where it parses as such (numbers, true, lists, objects), else text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{pair!r} is not of the form name=value.", param_hint="-p")
        found[name.strip()] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    # JSON has no NaN and no infinity; Python's reader takes them.
    return text if isinstance(value, float) and not math.isfinite(value) else value


def _saved(name: str, framework: str | None) -> dict[str, Any]:
    from quapsule.client.commands.options import is_uuid

    slug, _, of = name.partition("@")
    if not slug:
        raise typer.BadParameter("Which one? `quapsule scripts` lists them.", param_hint="FILE")
    if is_uuid(slug):
        return {"script_id": slug}
    chosen = framework or of or None
    return {"script_slug": slug, **({"framework": chosen} if chosen else {})}


def _read(source: str) -> str:
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8")
    except FileNotFoundError as error:
        hint = "A template runs as `quapsule run template:bell`; `quapsule scripts` lists them."
        raise Refused("not_found", f"There is no file {source}.", hint, 0) from error
    except IsADirectoryError as error:
        raise Refused("validation_error", f"{source} is a folder.", status=0) from error
    except OSError as error:
        raise Refused("validation_error", f"{source} cannot be read: {error.strerror}.", status=0) from error
    except UnicodeDecodeError as error:
        raise Refused("validation_error", f"{source} is not text in UTF-8 (byte {error.start + 1}).", status=0) from error
