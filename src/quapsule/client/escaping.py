"""Text that others wrote (job output, names, messages) is shown, never obeyed: no control character reaches the terminal."""

import re
from typing import Any

# C0 and C1 controls, DEL, line separators, bidirectional controls, zero-width marks, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_BUT_LINES = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def shown(value: Any) -> str:
    """One line: every control character, also a newline, as its escape (`\\x1b`, `\\n`, `\\u202e`)."""
    return _UNSAFE.sub(_escape, str(value))


def shown_lines(value: Any) -> str:
    """Many lines: newlines and tabs stay; a carriage return before a newline goes."""
    return _UNSAFE_BUT_LINES.sub(_escape, str(value).replace("\r\n", "\n"))


_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _NAMED:
        return _NAMED[character]
    point = ord(character)
    if point > 0xFFFF:
        return f"\\U{point:08x}"
    return f"\\u{point:04x}" if point > 0xFF else f"\\x{point:02x}"
