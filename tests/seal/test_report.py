"""The report of a capsule: what users wrote stays text, what it says is what is so, and it stays small."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from quapsule.seal import MEANINGS, Item, item_of
from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.contents import contents_of
from quapsule.seal.faces.crate import crate_metadata
from quapsule.seal.faces.report import report_html
from quapsule.seal.format.scan import find_credentials

from . import material as given

Make = Callable[[], dict[str, Any]]

ATTACKS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</pre></code></td></table></style></title></textarea><iframe src=//evil.example>",
    "<!--", "-->", "]]>", "<![CDATA[<b>", "<?php x?>", "<!doctype html>",
    "</svg><script>alert(1)</script>", "<a href='javascript:alert(1)'>x</a>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<link rel=stylesheet href=//evil.example>",
    "<style>*{display:none}</style>",
    "{}</style><b>", "&lt;script&gt;", "&#x3c;script&#x3e;", "\\u003cscript\\u003e", "${7*7}{{7*7}}<%=7*7%>",
    "\" autofocus onfocus=alert(1) x=\"",
    "x\x00<script>", "\u202e<script>\u2066", "＜script＞",
)  # fmt: skip
# What decides how a report is built, or has a form of its own, and is no user's.
KEPT = {"kind", "format", "result_type", "result", "status", "sha256", "digest", "measured", "counts_source", "bit_order", "artifact_type"}


class Reader(HTMLParser):
    """Tags with their attributes' names in order, and the text between them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.text = ""
        self.values: list[tuple[str, str, str | None]] = []
        self._silent = False
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.values += [(tag, name, value) for name, value in attrs]
        self._silent = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))

    def unknown_decl(self, data: str) -> None:
        self.tags.append(("declaration", data))

    def handle_pi(self, data: str) -> None:
        self.tags.append(("instruction", data))


def items_of(material: dict[str, Any], drawing: str = given.DRAWING) -> list[Item]:
    return contents_of(material, given.ENVIRONMENT, drawing)


def report_of(material: dict[str, Any], seal: dict[str, Any] = given.SEAL, items: list[Item] | None = None) -> bytes:
    return report_html(compose_manifest(material, seal), items_of(material) if items is None else items, material)


def read(material: dict[str, Any], seal: dict[str, Any] = given.SEAL) -> Reader:
    return Reader(report_of(material, seal))


def poison(value: Any, attack: str, name: str = "") -> Any:
    """Every text that a user or a backend could choose, and every key that they could."""
    if isinstance(value, dict):
        open_ = name in ("parameters", "counts", "detail", "summary", "value", "custom_metadata")
        return {f"{key}{attack}" if open_ else key: poison(one, attack, key) for key, one in value.items()}
    if isinstance(value, list):
        return [poison(one, attack, name) for one in value]
    fixed = name in KEPT or name == "id" or name.endswith(("_at", "_id", "_sha256")) or name in ("at", "run_id", "mqc_id")
    return value + attack if isinstance(value, str) and not fixed else value


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("make", [given.bell, given.failed])
def test_nothing_that_anybody_wrote_becomes_markup(make: Make, attack: str) -> None:
    def page(more: str) -> Reader:
        material = poison(make(), more)
        material["job"]["error_message"] = f"broken{more}"
        material["log"] = {"content": f"line{more}\n", "truncated": True}
        material["programs"][0]["content"] = f"print(1){more}\n# é{more}\n"
        seal = {**given.SEAL, "notes": f"notes{more}", "sealed_by": f"A{more}"}
        seal["signer"] = {**given.SEAL["signer"], "name": f"A{more}", "meaning": f"author{more}"}
        packages = [{"name": "qiskit", "version": f"1{more}", "sha256": "0" * 64}]
        surroundings = {**given.ENVIRONMENT, "interpreter": f"3{more}", "platform": f"L{more}", "packages": packages}
        items = [*contents_of(material, surroundings, f"q_0: {more}\n"), item_of(f"data/{more}", "data", more, b"1")]
        return Reader(report_html(compose_manifest(material, seal), items, material))

    attacked, plain = page(attack), page("x" * len(attack))
    assert attacked.tags == plain.tags
    assert attacked.text.count(spelled(attack)) > 25
    assert not [value for _, name, value in attacked.values if name in ("src", "href", "style") or name.startswith("on")]


def spelled(attack: str) -> str:
    """As the report spells what cannot be seen."""
    return re.sub("[\x00\u202e\u2066]", lambda found: f"⟨U+{ord(found[0]):04X}⟩", attack)


@settings(max_examples=60, deadline=None)
@for_all(st.text(min_size=1, max_size=40))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    def page(name: str) -> Reader:
        material = given.bell()
        material["capsule"]["description"] = material["log"]["content"] = name
        material["results"][1]["result_data"]["value"] = {name: name}
        return read(material)

    assert page(text.replace("\n", " ")).tags == page("x" * len(text)).tags


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path and isinstance(path[-1], str):
        yield path
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in named:
        yield from paths_of(one, (*path, name))


@pytest.mark.parametrize("root", ["results", "backend", "quote", "calibrations", "log", "job", "capsule"])
def test_no_value_of_another_type_keeps_a_capsule_from_its_report_and_crate(root: str) -> None:
    """What a script returned, what was measured elsewhere, what somebody wrote into metadata: none of it may hinder a seal."""
    whole = given.bell()
    manifest, items = compose_manifest(whole, given.SEAL), items_of(whole)
    columns = {"result_type", "result_data", "status", "content"}  # which the database holds to their types
    held = {(root,), ("job", "id"), ("job", "created_at")}
    for path in paths_of(whole[root], (root,)):
        if path in held or path[-1] in columns:
            continue
        for value in (None, 7, "x", [], {}, [[1]], {"a": 1}, True, -1.5):
            material = deepcopy(whole)
            place: Any = material
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            assert report_html(manifest, items, material) and crate_metadata(manifest, items, material), (path, value)


def test_it_fetches_nothing_runs_nothing_and_allows_its_own_style_alone() -> None:
    page = report_of(given.bell()).decode()
    found = Reader(page.encode())
    policy = next(value for tag, name, value in found.values if tag == "meta" and name == "content" and "default-src" in str(value))
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None and policy is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & {tag for tag, *_ in found.tags}
    assert "url(" not in style[1] and "@import" not in style[1]
    assert "prefers-color-scheme:dark" in style[1] and "@page{size:A4" in style[1]


@pytest.mark.parametrize("make", given.ALL, ids=lambda make: make.__name__)
def test_every_kind_of_capsule_has_a_report_and_the_same_one_each_time(make: Make) -> None:
    assert report_of(make()) == report_of(make())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda made: made["results"][0]["result_data"].update(flags=["executed_barrier_lost"]), "A barrier that the program had was lost"),
        (lambda made: made["results"][0]["result_data"].update(flags=["never_heard_of"]), "raised the flag 'never_heard_of'"),
        (lambda made: made["results"][0]["result_data"].update(counts_source="script"), "the script's own words"),
        (lambda made: made["certificates"][1].update(result="mismatch"), "two programs differ: interchange → executed"),
    ],
)
def test_a_doubtful_result_never_looks_like_a_success(change: Callable[[dict[str, Any]], None], words: str) -> None:
    material = given.bell()
    change(material)
    page = report_of(material).decode()
    assert "⚠ Doubtful" in page and 'class="verdict doubtful"' in page and words in Reader(page.encode()).text
    assert "✓ Completed" not in page and 'class="verdict completed"' not in page


@pytest.mark.parametrize(
    ("make", "word"),
    [(given.bell, "✓ Completed"), (given.failed, "✗ Failed"), (given.cancelled, "✗ Failed"), (given.by_hand, "Files alone")],
)
def test_how_the_run_stands_is_said_first(make: Make, word: str) -> None:
    text = read(make()).text
    assert word in text[:400]


def test_a_failed_run_says_why() -> None:
    assert "ValueError: oops (line 1)" in read(given.failed()).text[:500]


def test_a_comparison_that_could_not_be_made_is_said_beside_the_verdict() -> None:
    material = given.bell()
    material["certificates"][2]["result"] = "not_checked"
    assert "2 found the same meaning on both sides; 1 could not be made" in read(material).text[:600]


def test_an_emulated_run_does_not_pass_for_the_device() -> None:
    text = read(given.bell()).text
    assert "The device itself ran nothing." in text[:600] and "iqm-garnet (emulated)" in text


@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_signature_shows_printed_name_date_time_and_meaning(meaning: str) -> None:
    seal = {**given.SEAL, "signer": {**given.SEAL["signer"], "meaning": meaning}}
    text = " ".join(read(given.bell(), seal).text.split())
    assert "Printed name Alice Example" in text and "Date and time 2026-11-23 05:26:38 UTC" in text
    assert f"Meaning {meaning}: " in text


def test_a_seal_without_a_person_says_that_the_platform_made_it() -> None:
    text = " ".join(read(given.bell(), {"sealed_at": "2026-11-23T05:26:40Z"}).text.split())
    assert "Printed name Quapsule" in text and "Meaning seal: made immutable by the platform" in text


def test_before_the_seal_it_says_that_nobody_signed() -> None:
    material = given.bell()
    manifest = {name: value for name, value in compose_manifest(material, given.SEAL).items() if name not in ("sealed_at", "sealed_by")}
    page = Reader(report_html({**manifest, "lifecycle_state": "runnable"}, items_of(material), material))
    assert "nobody has signed it" in page.text


def test_it_tells_where_the_id_is_since_it_cannot_hold_it() -> None:
    text = read(given.bell()).text
    assert "no report can name its own id" in text
    assert "quapsule verify Bell-pair.capsule --proof Bell-pair.proof.json" in text
    assert "marqov-capsule verify Bell-pair.capsule --id" in text and "python verify_capsule.py Bell-pair.capsule" in text


def test_the_run_is_told_whole() -> None:
    material = given.bell()
    text = read(material).text
    for line in given.SCRIPT.splitlines():
        assert line in text
    assert given.DRAWING in text
    shown = (
        "Garnet",
        "2026-05-05 16:45:26 UTC",
        "Median T1",
        "cpython 3.12.8".replace("cpython", given.ENVIRONMENT["implementation"]),
        "qiskit-aer",
    )
    shown += ("job.completed", "+0.078 s", "Quoted before the run", "0.00 USD", given.PARENT_ID, "Bell pair of 2 qubits", "97.2 %", "seed")
    for words in shown:
        assert words in text, words
    for item in items_of(material):
        assert item.name in text and f"sha256:{item.sha256}" in text


def test_a_folded_drawing_stays_whole_and_breaks_between_its_folds() -> None:
    folds = ["global phase: π\n", " ┌─┐»\nq:┤H├»\n", "« ┌─┐»\n«q:┤H├»\n", "« ┌─┐\n«q:┤H├\n"]
    material = given.bell()
    page = report_of(material, items=items_of(material, "".join(folds))).decode()
    assert "".join(f"<span>{fold}</span>" for fold in folds) in page


def test_a_chart_is_described_for_who_cannot_see_it_and_its_table_has_the_numbers() -> None:
    found = read(given.bell())
    assert ("svg", "class", "viewbox", "role", "aria-labelledby") in found.tags
    labelled = next(value for tag, name, value in found.values if name == "aria-labelledby")
    ids = {value for _, name, value in found.values if name == "id"}
    assert labelled is not None and set(labelled.split()) <= ids
    assert "Bar chart of 1,000 shots over 4 outcomes. Most frequent: 00: 506 (50.6 %)" in found.text
    assert "50.60 % ± 1.58" in found.text


def test_a_thousand_outcomes_are_64_bars_and_the_rest() -> None:
    material = given.bell()
    counts = {format(number, "010b"): 1 + number for number in range(1000)}
    material["results"][0] = given.counts_row(0, counts, shots=sum(counts.values()))
    page = report_of(material).decode()
    assert page.count('class="bar"') == 64 and page.count('class="bar rest"') == 1
    assert "936 others" in page and f"{sum(range(1, 937)):,}" in page
    assert len(page) < 120_000


def test_large_things_are_cut_and_it_says_where_the_whole_is() -> None:
    material = given.bell()
    material["results"] = [given.counts_row(number, {"0" * 300: 5, "1" * 300: 6}) for number in range(300)]
    material["results"].append(given.result_row("value", {"value": list(range(100_000))}))
    material["log"]["content"] = "\n".join(f"line {number}" for number in range(200_000))
    material["events"] = [given.event("program.ran", f"{10 + number % 50}", note="x" * 5_000) for number in range(5_000)]
    material["certificates"] = [given.certificate(number, "script → interchange", None, "x") for number in range(2_000)]
    material["certificates"][1_999]["result"] = "mismatch"
    material["job"]["parameters"] = {f"p{number}": "x" * 5_000 for number in range(1_000)}
    items = [item_of(f"data/{number}.csv", "data", "text/csv", b"1") for number in range(5_000)]
    drawn = item_of("workflow/circuit.txt", "workflow", "text/plain", ("─" * 119 + "\n").encode() * 5_000)
    page = report_of(material, items=[*items, drawn])
    text = Reader(page).text
    assert len(page) < 1_200_000
    assert "line 199999" in text and "line 1\n" not in text
    for whole in ("results/counts.json", "results/results.json", "results/log.txt", "provenance/timeline.json", "workflow/job.json"):
        assert f"{whole}" in text, whole
    assert "The first 500 are listed; .checksums has all." in text and "The rest of it is in workflow/circuit.txt." in text
    assert "✗ differ" in text


def test_a_script_is_never_cut() -> None:
    material = given.bell()
    material["programs"][0]["content"] = "".join(f"x = {number}\n" for number in range(20_000))
    assert "x = 19999" in read(material).text


def test_a_report_never_looks_like_a_credential_to_the_scan() -> None:
    material = given.bell()
    material["team"]["name"], material["capsule"]["name"] = "IBM Quantum token club", "qiskit api_key"
    material["job"]["parameters"] |= {"quantum token": 1, "nested": {"digest": "ab" * 32, "qiskit": "quantum"}}
    material["events"][1]["detail"] |= {"engine": "qiskit", "sha256": "cd" * 32, "framework": "qiskit"}
    material["results"][0]["result_data"]["counts"] = {"0" * 64: 3, "01" * 32: 5}
    files = [item_of(f"data/{name}.txt", "data", "text/plain", b"1") for name in ("ibm quantum token", "qiskit-api-key")]
    page = item_of("report.html", "other", "text/html", report_of(material, items=[*items_of(material), *files]))
    assert find_credentials([page], b"{}") == []
