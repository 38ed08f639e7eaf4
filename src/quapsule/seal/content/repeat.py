"""From the files of a capsule alone: what to submit to run it again."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from quapsule.errors import Problem
from quapsule.seal.content.contents import ENVIRONMENT_FILE, RUN_FILE, RUN_FORMAT

SCRIPT_FILES: Mapping[str, tuple[str, ...]] = {"workflow/script.py": ("python",), "workflow/program.qasm": ("qasm2", "qasm3")}

# All that read_run looks at; a capsule may have thousands of other files.
FILES_OF_A_RUN = (RUN_FILE, ENVIRONMENT_FILE, *SCRIPT_FILES)


def read_run(files: Mapping[str, bytes]) -> dict[str, Any]:
    """{code, format (python, qasm2, qasm3), framework, backend, parameters, seed, requirements, environment}: as they were asked for.

    `framework` and `seed` are None where none was given; `seed` stands in `parameters` too. `environment` is what the capsule says it ran
    in, for environment.differences; {} where it says nothing. Raises Problem capsule_not_repeatable."""
    run = _read_object(files, RUN_FILE)
    if run.get("format") != RUN_FORMAT:
        raise _not_repeatable(f"{RUN_FILE} is not of the format {RUN_FORMAT}.", RUN_FILE)
    backend, framework, parameters, requirements = (run.get(name) for name in ("backend", "framework", "parameters", "requirements"))
    if not isinstance(backend, str) or not backend or not isinstance(parameters, dict):
        raise _not_repeatable(f"{RUN_FILE} does not name a backend and parameters.", RUN_FILE)
    if not isinstance(framework, str | None) or not isinstance(requirements, str | None):
        raise _not_repeatable(f"{RUN_FILE} does not say in words which framework and packages it needs.", RUN_FILE)
    code, form = _script(files, run.get("script"))
    return {
        "code": code,
        "format": form,
        "framework": framework,
        "backend": backend,
        "parameters": parameters,
        "seed": parameters.get("seed"),
        "requirements": requirements,
        "environment": _read_object(files, ENVIRONMENT_FILE) if ENVIRONMENT_FILE in files else {},
    }


def _script(files: Mapping[str, bytes], told: Any) -> tuple[str, str]:
    """The text and its format. That it is the one that was submitted is checked here too: a draft's files may have been changed."""
    told = told if isinstance(told, dict) else {}
    name, form = told.get("file"), told.get("format")
    if not isinstance(name, str) or form not in SCRIPT_FILES.get(name, ()):
        raise _not_repeatable(f"{RUN_FILE} does not name the script.", RUN_FILE)
    content = files.get(name)
    if content is None:
        raise _not_repeatable(f"The capsule has no {name}.", name)
    if told.get("digest") != f"sha256:{sha256(content).hexdigest()}":
        raise _not_repeatable(f"{name} is not the script that ran: its SHA-256 is another.", name)
    try:
        return content.decode(), str(form)
    except UnicodeDecodeError as error:
        raise _not_repeatable(f"{name} is not text in UTF-8.", name) from error


def _read_object(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    content = files.get(name)
    if content is None:
        raise _not_repeatable(f"The capsule has no {name}.", name)
    try:
        read = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _not_repeatable(f"{name} is no JSON.", name) from error
    if not isinstance(read, dict):
        raise _not_repeatable(f"{name} is no JSON object.", name)
    return read


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _not_repeatable(message: str, file: str) -> Problem:
    hint = "Only a capsule of a job of this platform can be run again; one from elsewhere can be read, verified and compared."
    return Problem("capsule_not_repeatable", message, hint, {"file": file})
