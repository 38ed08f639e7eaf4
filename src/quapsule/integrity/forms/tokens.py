"""OpenQASM text → words, each with its place; and where every bracket ends."""

import re

from quapsule.integrity.meaning import Unreadable

NAME, NUMBER, WHOLE, STRING, HARDWARE, MARK, PRAGMA, END = range(8)

_WORDS = re.compile(
    r"""[ \t\r\n]+|//[^\n]*|/\*.*?\*/
    |(?P<pragma>\#?pragma\b[^\n]*)
    |(?P<name>[^\W\d]\w*)
    |(?P<number>(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*(?=[eE][+-]?\d))(?:[eE][+-]?\d+)?)
    |(?P<whole>0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*)
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?P<hardware>\$\d+)
    |(?P<mark>\*\*|->|==|!=|<=|>=|&&|\|\||<<|>>|\+\+|[-+*/%]=|[-+*/%^~!<>=&|@;:,(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {"pragma": PRAGMA, "name": NAME, "number": NUMBER, "whole": WHOLE, "string": STRING, "hardware": HARDWARE, "mark": MARK}
_OPENING = {")": "(", "]": "[", "}": "{"}
MOST_WORDS = 3_000_000


class Words:
    """`kinds`, `texts` and `places` (offsets) in parallel, closed by one END; `closing`: index of an opening bracket → of its end."""

    __slots__ = ("closing", "kinds", "places", "text", "texts")

    def __init__(self, text: str) -> None:
        """Raises Unreadable for a character that starts no word, and for brackets that do not match."""
        self.text = text
        self.kinds: list[int] = []
        self.texts: list[str] = []
        self.places: list[int] = []
        self.closing: dict[int, int] = {}
        self._split()

    def line(self, index: int) -> int:
        return self.text.count("\n", 0, self.places[index]) + 1

    def _split(self) -> None:
        kinds, texts, places, at, text = self.kinds, self.texts, self.places, 0, self.text
        opened: list[int] = []
        for found in _WORDS.finditer(text):
            if found.start() != at:
                break
            at = found.end()
            group = found.lastgroup
            if group is None:  # space and comments
                continue
            word = found[0]
            if group == "mark" and word in "(){}[]":
                if word in "([{":
                    opened.append(len(kinds))
                elif not opened or texts[opened[-1]] != _OPENING[word]:
                    raise Unreadable(f"{word!r} closes nothing", text.count("\n", 0, found.start()) + 1)
                else:
                    self.closing[opened.pop()] = len(kinds)
            kinds.append(_KINDS[group])
            texts.append(word)
            places.append(found.start())
            if len(kinds) > MOST_WORDS:
                raise Unreadable("the program is too long")
        if at != len(text):
            raise Unreadable(f"{text[at]!r} is no word of OpenQASM", text.count("\n", 0, at) + 1)
        if opened:
            raise Unreadable(f"{texts[opened[-1]]!r} is not closed", text.count("\n", 0, places[opened[-1]]) + 1)
        kinds.append(END)
        texts.append("")
        places.append(len(text))
