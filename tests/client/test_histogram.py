from hypothesis import given
from hypothesis import strategies as st

from quapsule.client.histogram import Bar, bars, lines


def test_no_counts_are_no_bars() -> None:
    assert bars({}) == [] and bars({"0": 0}) == [] and lines([]) == []


def test_the_widest_comes_first_and_ties_go_by_key() -> None:
    assert [row.label for row in bars({"11": 10, "00": 10, "01": 80})] == ["01", "00", "11"]


def test_by_key_when_asked() -> None:
    assert [row.label for row in bars({"11": 90, "00": 3, "01": 7}, order="key")] == ["00", "01", "11"]


def test_the_rest_is_folded_into_others_at_the_end() -> None:
    counts = {f"{number:04b}": 16 - number for number in range(16)}
    found = bars(counts, most=3, order="key")
    assert [row.label for row in found] == ["0000", "0001", "0010", "others (13)"]
    assert found[-1].count == sum(counts.values()) - 16 - 15 - 14 and found[-1].folded == 13


def test_a_single_outcome_is_not_folded() -> None:
    assert [row.label for row in bars({"0": 3, "1": 2, "2": 1}, most=2)] == ["0", "1", "2"]


def test_a_bell_state_looks_like_this() -> None:
    assert lines(bars({"00": 512, "11": 256, "10": 0}), width=40) == [
        ("00", "█" * 22, " 66.7 %  512"),
        ("11", "█" * 11 + " " * 11, " 33.3 %  256"),
        ("10", " " * 22, "  0.0 %    0"),
    ]


def test_without_block_characters_the_bars_are_ascii() -> None:
    for row in lines(bars({"0" * 60: 3, "1" * 60: 1}), width=60, plain=True):
        assert "".join(row).isascii()


def test_something_is_never_drawn_as_nothing() -> None:
    assert lines(bars({"0": 999_999, "1": 1}), width=60)[1][1].strip() != ""


def test_a_long_register_keeps_both_ends() -> None:
    [(label, _, _)] = lines([Bar("01" + "0" * 100 + "10", 1, 1.0)], width=60)
    assert label.startswith("01") and label.endswith("10") and "…" in label


def test_a_key_of_a_script_is_escaped() -> None:
    assert lines(bars({"\x1b[2J": 1}))[0][0] == r"\x1b[2J"


@given(st.dictionaries(st.text("01 ", max_size=70), st.integers(0, 10**7), max_size=60), st.integers(48, 220), st.integers(1, 40))
def test_rows_are_aligned_and_fit_the_width(counts: dict[str, int], width: int, most: int) -> None:
    found = lines(bars(counts, most=most), width=width)
    assert len({len("  ".join(row)) for row in found}) <= 1
    assert all(len("  ".join(row)) <= width for row in found)


@given(st.dictionaries(st.text("01", max_size=9), st.integers(0, 1000), max_size=60), st.integers(1, 20), st.sampled_from(["count", "key"]))
def test_folding_loses_no_shot(counts: dict[str, int], most: int, order: str) -> None:
    found = bars(counts, most=most, order=order)  # type: ignore[arg-type]
    assert sum(row.count for row in found) == sum(counts.values())
    assert len(found) <= most + 1
