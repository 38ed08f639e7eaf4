"""OpenQASM 3 as Amazon Braket writes it, for readers of standard names: each of its own gates that a program uses is defined before it,
exactly, phases included, since a control may stand before any of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quapsule.runner.door import DoorError
from quapsule.runner.names import name_plainly

# In the order of their use of each other. The angles are Braket's.
_DEFINITIONS = {
    "i": "gate i a { id a; }",
    "si": "gate si a { sdg a; }",
    "ti": "gate ti a { tdg a; }",
    "v": "gate v a { sx a; }",
    "vi": "gate vi a { inv @ sx a; }",
    "phaseshift": "gate phaseshift(t) a { p(t) a; }",
    "u": "gate u(t, f, l) a { p(l) a; ry(t) a; p(f) a; }",
    "prx": "gate prx(t, f) a { p(-f) a; rx(t) a; p(f) a; }",
    "gpi": "gate gpi(f) a { p(-f) a; x a; p(f) a; }",
    "gpi2": "gate gpi2(f) a { p(-f) a; rx(pi/2) a; p(f) a; }",
    "cnot": "gate cnot a, b { cx a, b; }",
    "ccnot": "gate ccnot a, b, c { ccx a, b, c; }",
    "cv": "gate cv a, b { ctrl @ sx a, b; }",
    "cphaseshift": "gate cphaseshift(t) a, b { cp(t) a, b; }",
    "cphaseshift00": "gate cphaseshift00(t) a, b { x a; x b; cp(t) a, b; x a; x b; }",
    "cphaseshift01": "gate cphaseshift01(t) a, b { x a; cp(t) a, b; x a; }",
    "cphaseshift10": "gate cphaseshift10(t) a, b { x b; cp(t) a, b; x b; }",
    "zz": "gate zz(t) a, b { cx a, b; rz(t) b; cx a, b; }",
    "xx": "gate xx(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }",
    "yy": "gate yy(t) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(t) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b; }",
    "xy": "gate xy(t) a, b { xx(-t/2) a, b; yy(-t/2) a, b; }",
    "iswap": "gate iswap a, b { xy(pi) a, b; }",
    "pswap": "gate pswap(t) a, b { swap a, b; p(t) a; p(t) b; cp(-2*t) a, b; }",
    "ms": "gate ms(f, g, t) a, b { p(-f) a; p(-g) b; xx(t) a, b; p(f) a; p(g) b; }",
    "ecr": "gate ecr a, b { h b; cx a, b; rz(pi/4) b; cx a, b; h b; x a; h b; cx a, b; rz(-pi/4) b; cx a, b; h b; }",
}
_USES = {"xy": ("xx", "yy"), "iswap": ("xx", "yy", "xy"), "ms": ("xx",)}
_HEADER = re.compile(r"\A(?:\s|//[^\n]*\n|/\*.*?\*/)*OPENQASM\s+[\d.]+\s*;", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r"(?:^|[;{}@\n])\s*([a-z]\w*)\s*(?=\(|\s[A-Za-z_$])")
_DEFINED = re.compile(r"\bgate\s+(\w+)")
_INPUT = re.compile(r"\binput\s+[a-z]+(?:\s*\[[^\]\n]*\])?\s+(\w+)\s*;")
_WORD = re.compile(r"(?<![\w$])[^\W\d]\w*")
_PRAGMA = re.compile(r"^[ \t]*(?:#pragma|pragma)[ \t]+([^\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Standard:
    """text: the same program with standard names, its lines where they were; names: what each of its inputs is called there."""

    text: str
    names: Mapping[str, str]


def to_standard(text: str, problem: Callable[..., DoorError]) -> Standard:
    """Raises problem (category user) that names a pragma."""
    bare = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    if pragma := _PRAGMA.search(bare):
        said = " ".join(pragma[1].split())[:80]
        line = bare.count("\n", 0, pragma.start()) + 1
        message = f"line {line}: the pragma '{said}' is not supported: only gates and measurements can be sent."
        raise problem(message, "user", "unsupported", line, 1)
    called = {found.start(1): found[1] for found in _CALL.finditer(bare)}
    inputs = _INPUT.findall(bare)
    taken = (set(_WORD.findall(bare)) - set(inputs)) | set(_DEFINITIONS)
    names = dict(zip(inputs, name_plainly(inputs, "input", taken), strict=True))

    def rename(found: re.Match[str]) -> str:
        is_name = found.start() not in called and bare.startswith(found[0], found.start())
        return names.get(found[0], found[0]) if is_name else found[0]

    text = _WORD.sub(rename, text) if any(name != new for name, new in names.items()) else text
    wanted = set(called.values()) - set(_DEFINED.findall(bare))
    wanted |= {inner for name in wanted for inner in _USES.get(name, ())}
    added = [definition for name, definition in _DEFINITIONS.items() if name in wanted]
    if '"stdgates.inc"' not in bare:
        added.insert(0, 'include "stdgates.inc";')
    header = _HEADER.match(text)
    if header is None:
        return Standard(" ".join(["OPENQASM 3.0;", *added, text]), names)
    return Standard(" ".join([header[0], *added]) + text[header.end() :], names)
