import json

from hypothesis import given
from hypothesis import strategies as st

from quapsule.client.escaping import shown, shown_lines
from quapsule.client.terminal import Terminal

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \x00 \x9b31m \u202egnp.exe \u200bx \ud800 \x7f"


def test_no_control_character_gets_through() -> None:
    assert shown(HOSTILE) == r"\x1b[31mred\x1b]0;title\x07 \x00 \x9b31m \u202egnp.exe \u200bx \ud800 \x7f"


def test_a_newline_cannot_break_a_cell_of_a_table() -> None:
    assert shown("one\ntwo\r\tthree") == r"one\ntwo\r\tthree"


def test_lines_keep_newlines_and_tabs_but_a_carriage_return_cannot_overwrite() -> None:
    assert shown_lines("a\tb\nsafe\rFAKE\r\nend") == "a\tb\nsafe\\rFAKE\nend"


def test_other_scripts_are_left_alone() -> None:
    assert shown("ψ = (|00⟩ + |11⟩)/√2, 量子, Grüße") == "ψ = (|00⟩ + |11⟩)/√2, 量子, Grüße"


def test_a_value_is_not_read_as_markup(capsys: object) -> None:
    assert shown("[red]x[/red]") == "[red]x[/red]"


@given(st.text(st.characters(codec=None)))
def test_what_is_shown_has_only_printable_characters(text: str) -> None:
    assert all(character.isprintable() or character.isspace() or ord(character) > 0x9F for character in shown(text))
    assert not set(map(chr, [*range(32), *range(0x7F, 0xA0)])) & set(shown(text))
    assert not (set(map(chr, [*range(32), *range(0x7F, 0xA0)])) - {"\n", "\t"}) & set(shown_lines(text))


def test_json_arrives_in_ascii_and_unchanged(capsys) -> None:  # type: ignore[no-untyped-def]
    Terminal(as_json=True).answer({"log": HOSTILE}, lambda: None)
    written = capsys.readouterr().out
    assert written.isascii() and "\x1b" not in written
    assert json.loads(written) == {"log": HOSTILE}


def test_the_terminal_says_and_tabulates_escaped_text(capsys) -> None:  # type: ignore[no-untyped-def]
    terminal = Terminal()
    terminal.say(HOSTILE)
    terminal.note(HOSTILE)
    terminal.table(("a",), [(HOSTILE,)])
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err and "\x9b" not in captured.out
    assert captured.out.count(r"\x1b[31mred") == 2
