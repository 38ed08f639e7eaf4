"""HTML that cannot be broken out of: text becomes markup here only, and is escaped on its way."""

import re
from html import escape
from typing import SupportsIndex

__all__ = ["Html", "element", "join", "short", "show"]

# Controls, and what turns the direction of text or cannot be seen at all: a program could be made to look like another one by these.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_INLINE = frozenset({"code", "span"})
_VOID = frozenset({"meta", "br", "hr", "line", "rect", "path"})


class Html(str):
    """Markup that is already escaped. What str's own methods make of it is plain text again, and would be escaped once more."""

    __slots__ = ()

    def __add__(self, other: str) -> str:
        return Html(str(self) + str(other)) if isinstance(other, Html) else str(self) + other

    def __mul__(self, times: SupportsIndex) -> str:
        return str(self) * times


def show(text: str) -> Html:
    """Text as markup; what cannot be seen is spelled out, such as ⟨U+202E⟩."""
    return Html(escape(_UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text), quote=True))


def element(tag: str, *children: str | None, **attributes: str | int | float | None) -> Html:
    """`tag` and the names of attributes are ours, never a user's; an underscore at the end of a name is dropped, others become hyphens.
    Children that are no Html are text. Every block ends a line, so that what stands in one block is never taken together with what stands
    in the next: a scan for credentials goes by lines."""
    named = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value is not None)
    opening = tag + "".join(f' {name}="{show(str(value))}"' for name, value in named)
    if tag in _VOID:
        return Html(f"<{opening}>\n" if tag in ("meta", "br", "hr") else f"<{opening}/>\n")
    return Html(f"<{opening}>{join(*children)}</{tag}>" + ("" if tag in _INLINE else "\n"))


def join(*children: str | None) -> Html:
    return Html("".join(child if isinstance(child, Html) else show(child) for child in children if child is not None))


def short(text: str, most: int) -> str:
    """With its middle cut out, where it is longer."""
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
