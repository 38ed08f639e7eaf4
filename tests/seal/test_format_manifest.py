"""The manifest, its canonical bytes and its id, each beside the published package's."""

import json
import math
import unicodedata
from typing import Any

import pytest
import rfc8785
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from marqov_capsule._canonical import compute_capsule_id, load_manifest_yaml
from tests.seal.samples import sample, standalone

from quapsule.errors import Problem
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.manifest import read_manifest, write_manifest

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not (2**53 <= abs(number) < 1e21))
    | st.floats(-10, 10)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda key: key == unicodedata.normalize("NFC", key)), inner, max_size=4)
    ),
    max_leaves=20,
)
MANIFESTS = st.dictionaries(TEXTS.map(lambda key: unicodedata.normalize("NFC", key)), VALUES, max_size=6)

# the manifest


@pytest.mark.parametrize(
    "value",
    [
        math.nan, math.inf, -math.inf, 1e19, 2**53, -(2**53), float(2**53), 2**70, {1: 2}, {None: 1}, object(), b"bytes",
        {"a": {"x": {1, 2}}}, "\ud800",
        {"k" * 1001: 1}, {'"' * 600: 1}, {"\u0301e\u0301": 1, "\u0301\u00e9": 2},
    ],
)  # fmt: skip
def test_a_value_that_could_not_be_read_back_is_not_written(value: Any) -> None:
    with pytest.raises(Problem) as caught:
        write_manifest({"value": value})
    assert caught.value.code == "capsule_invalid" and caught.value.details == {"layer": "manifest", "file": "capsule.yaml"}


def test_nesting_ends_where_the_standard_ends_it() -> None:
    for depth, fits in ((62, True), (63, False)):
        nested: Any = "x"
        for _ in range(depth):
            nested = [nested]
        if fits:
            assert (
                read_manifest(write_manifest({"a": nested})) == {"a": nested} == load_manifest_yaml(write_manifest({"a": nested}).decode())
            )
        else:
            with pytest.raises(Problem):
                write_manifest({"a": nested})
            with pytest.raises(Problem):
                read_manifest(json.dumps({"a": nested}).encode())
            with pytest.raises(yaml.YAMLError):
                load_manifest_yaml(json.dumps({"a": nested}))


@given(MANIFESTS)
@settings(max_examples=200)
def test_a_manifest_has_one_id_for_everybody(manifest: dict[str, Any]) -> None:
    written = write_manifest(manifest)
    ours, theirs = read_manifest(written), load_manifest_yaml(written.decode())
    assert ours == theirs and write_manifest(ours) == written
    canonical = canonical_bytes(ours)
    assert capsule_id(canonical) == compute_capsule_id(theirs)
    assert standalone.canonical(json.loads(written)).encode() == canonical
    assert canonical_bytes(json.loads(canonical)) == canonical == canonical_bytes(manifest)


def outcome(read: Any, text: str) -> Any:
    try:
        found = read(text)
    except (Problem, yaml.YAMLError):
        return "refused"
    return found if isinstance(found, dict) else "refused"


YAML = """
version: '1.0.0'
name: "Bell \\u00e9 \\x41"
yes: no
ints: [0, -1, +7, 007, 0x1A, 0o17, 1_000, 12:30, 9007199254740991]
floats: [1.5, .5, 1., 1e5, -1E-3, .inf, .nan, 1e400]
when: 2026-06-11T00:00:00Z
empty:
tilde: ~
text: |
  two
  lines
folded: >-
  one
  line
nested: {a: [1, {b: c}], "d": 'it''s'}
? complex
: value
"""
STRICT = [
    "{}", "", "[]", "a", "a: 1\na: 2", "a: &x 1\nb: *x", "a: !!timestamp 2026-01-01", "a: !!binary aGk=", "a: !!str 1", "a: !!int 0x10",
    "a: !!float 1",
    "a: !!int 1.0", "a: !local x", "a: ! x", "!!map {a: 1}", "a: !!set {x}", "1: a", "true: a", "~: a", "'1': a", "a: 9007199254740992",
    "a: -9007199254740992",
    "a: " + "9" * 5000, "a: 1e19", "a: 10000000000000000000.0", "a: 1e400", "<<: {a: 1}", "a: {<<: {b: 1}}", "=: 1", "a: =",
    "%YAML 1.2\n---\na: 1", "%YAML 2.0\n---\na: 1",
    "%FOO x\n---\na: 1", "---\na: 1\n---\nb: 2", "a: 1\n...\n", "a: \tb", "\ta: b", "a:\tb", "{\"a\":\t1}", "{\"a\"\n: 1}",
    "{\"a\" : 1}", "{\"a\":1,}", "{a: 1, a: 2}",
    '{"a": "\\ud83d\\ude00"}', '{"a": "\\ud800"}', '{"a": "\\/"}', '{"a": "\x85"}', "a: '\u2028'", "a: \x7f", "\ufeffa: 1", "a: \ufeff",
    '{"a": "\ufeff"}',
    '{"' + "k" * 1030 + '": 1}', '{"' + "k" * 990 + '": 1}', '{"a"' + " " * 1100 + ": 1}", '{"a": {"' + "k" * 1030 + '": 1}}',
    "a: [" * 70, "{" * 70, '{"a":-0}', '{"a":-0.0}',
    '{"a":1E5}', '{"a":01}', "a: \"x\n  y\"", "a: \"x\ny\"", "a:\n  b: \"x\n y\"", "a: 'x\n\n  y'", "{a: \"x\ny\"}", "a: 1\r\nb: 2\r",
    "a: |\r\n  x\r\n  y", "a: #c\n  b", "&a a: 1", "? a",
    "? [a]\n: b", "[a]: b", "{[a]: b}", "a: yes\nb: on\nc: y\nd: NULL\ne: Null\nf: nULL\ng: TRUE\nh: tRUE", "a: ..", "a: 1.e5", "a: .",
    "a: +.5", "a: 1e", "a: -", "- a", "a: -\n", "a: ''",
    '{"a": 1}\n\n', ' {"a": 1}', '{"a":[1,2,{"b":"c"}]}', "a: !<tag:yaml.org,2002:str> 1", "a: !<str> 1", "a: !!seq {a: 1}",
    "a: !!map [1]", "a: !!null x", "a: !!null ''", "a: !!bool yes",
    "a: !!bool True", "a: @x", "a: `x", "a: %x", "a: x: y", "a: 'x' y", "a: [1 2", "a: }", "a\n", "a:b", "{a:b}", '{"a":b}',
    "a: 0755\nb: 08540\nc: 00", "!!str a: 1", "!!int 1: a",
]  # fmt: skip


@pytest.mark.parametrize("text", [YAML, *STRICT])
def test_a_manifest_of_others_is_read_as_the_published_package_reads_it(text: str) -> None:
    theirs = outcome(load_manifest_yaml, text)
    ours = outcome(lambda given: read_manifest(given.encode()), text)
    assert repr(ours) == repr(theirs)


@given(st.data())
@settings(max_examples=150)
def test_a_spoilt_manifest_is_read_as_the_published_package_reads_it(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([YAML, *STRICT, sample().sealed.manifest.decode()]).filter(len))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 3))
        text = text[:place] + data.draw(st.text("{}[]:,\"'\\ \n\t#&*!|>-?%@`~aé0.1eE+_<=\x85\u2028", max_size=3)) + text[place + cut :]
    assert repr(outcome(lambda given: read_manifest(given.encode()), text)) == repr(outcome(load_manifest_yaml, text))


def test_a_manifest_that_is_too_large_is_refused() -> None:
    with pytest.raises(Problem, match="larger than 16 MiB"):
        read_manifest(b'{"a": "' + b"x" * (16 << 20) + b'"}')
    with pytest.raises(Problem, match="would be larger"):
        write_manifest({"a": "x" * (16 << 20)})
    with pytest.raises(Problem, match="not plain JSON"):
        read_manifest(b"a: '" + b"x" * (3 << 20) + b"'")
    assert len(read_manifest(b'{"a": "' + b"x" * (15 << 20) + b'"}')["a"]) == 15 << 20


# canonical bytes: the vectors of RFC 8785's author, and numbers of its appendix B

VECTORS: list[tuple[Any, str]] = [
    ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
    (
        {
            "peach": "This sorting order",
            "péché": "is wrong according to French",
            "pêche": "but canonicalization MUST",
            "sin": "ignore locale",
        },
        '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    ),
    (
        {"1": {"f": {"f": "hi", "F": 5}, "\n": 56.0}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes", "E": "no"}], "A": {}},
        '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
    ),
    ({"Unnormalized Unicode": "A\u030a"}, '{"Unnormalized Unicode":"A\u030a"}'),
    (
        {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]},
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ),
    (
        {
            "\u20ac": "Euro Sign",
            "\r": "Carriage Return",
            "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\U0001f600": "Emoji: Grinning Face",
            "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis",
        },
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",'
        '"€":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
]
NUMBERS_OF_ES6 = [
    (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (-5e-324, "-5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"),
    (295147905179352830000.0, "295147905179352830000"), (9.999999999999997e22, "9.999999999999997e+22"), (1e23, "1e+23"),
    (1.0000000000000001e23, "1.0000000000000001e+23"),
    (999999999999999700000.0, "999999999999999700000"), (999999999999999900000.0, "999999999999999900000"), (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"), (333333333.3333332, "333333333.3333332"), (333333333.33333325, "333333333.33333325"),
    (-0.0000033333333333333333, "-0.0000033333333333333333"),
    (1424953923781206.2, "1424953923781206.2"),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS)
def test_the_reference_vectors_hold(vector: tuple[Any, str]) -> None:
    value, expected = vector
    assert rfc8785.dumps(value).decode() == expected
    # The standard composes every text first; in all vectors but two that changes nothing.
    composed = unicodedata.normalize("NFC", expected)
    given = value if isinstance(value, dict) else {"value": value}
    found = canonical_bytes(given).decode()
    assert standalone.canonical(given) == found
    if composed == expected:
        assert found in (expected, f'{{"value":{expected}}}')
    assert found.encode() == rfc8785.dumps(json.loads(unicodedata.normalize("NFC", rfc8785.dumps(given).decode())))


@pytest.mark.parametrize("vector", NUMBERS_OF_ES6)
def test_numbers_are_written_as_ecmascript_writes_them(vector: tuple[float, str]) -> None:
    number, expected = vector
    assert canonical_bytes({"a": number}).decode() == f'{{"a":{expected}}}' == standalone.canonical({"a": number})


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=500)
def test_both_writers_of_numbers_agree(number: float) -> None:
    assert canonical_bytes({"a": number}).decode() == standalone.canonical({"a": number})


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, {1: 2}, "\ud800", {"e\u0301": 1, "\u00e9": 2}, object()])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(Problem) as caught:
        canonical_bytes({"a": value})
    assert caught.value.details == {"layer": "id", "file": "capsule.yaml"}
