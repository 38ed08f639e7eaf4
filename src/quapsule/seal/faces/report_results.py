"""What came out, in a report: counts as charts and tables, values, the circuit, and how the programs compare."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quapsule.integrity.flags import meaning_of
from quapsule.seal import Item
from quapsule.seal.faces.facts import counts_of, flags_of, list_in, object_in, read_text
from quapsule.seal.faces.histogram import bars_of, draw_histogram, write_table
from quapsule.seal.faces.markup import Html, element, short
from quapsule.seal.faces.report_parts import section, when

__all__ = ["circuit", "comparisons", "results"]

MOST_CIRCUITS = 12
MOST_COMPARISONS = 60
MOST_JSON = 4_000
MOST_DRAWING = 60_000
_SOURCES = {"backend": "counted by the backend", "script": "the script's own words, not counted by a backend"}
_VERDICTS = {"equivalent": ("equal", "✓ equivalent"), "mismatch": ("unequal", "✗ differ"), "not_checked": ("unchecked", "○ not checked")}


def results(material: Mapping[str, Any]) -> Html | None:
    circuits = counts_of(material)
    told: list[str | None] = [_figure(data, number, len(circuits)) for number, data in enumerate(circuits[:MOST_CIRCUITS])]
    if len(circuits) > MOST_CIRCUITS:
        told.append(element("p", f"{len(circuits) - MOST_CIRCUITS:,} more circuits are in results/counts.json.", class_="soft"))
    for row in material.get("results") or ():
        if row["result_type"] == "value":
            told.append(_value(row["result_data"]))
        elif row["result_type"] == "mitigated":
            told += [element("h3", "Error-mitigated"), _json({**row["result_data"]})]
        elif row["result_type"] == "statevector":
            told.append(element("p", "A state vector is in results/results.json.", class_="soft"))
    return section("Results", *told)


def circuit(items: Sequence[Item]) -> Html | None:
    """As it was drawn when the run was packed; nothing for what was too large to draw."""
    drawing = read_text(items, "workflow/circuit.txt", 4 * MOST_DRAWING)
    if not drawing:
        return None
    cut = drawing[:MOST_DRAWING]
    if len(cut) < len(drawing):
        cut = cut[: cut.rfind("\n") + 1]
    note = "Drawn from the program that was asked for."
    if len(cut) < len(drawing):
        note += " The rest of it is in workflow/circuit.txt."
    figure = element("figure", element("pre", *_folds(cut), class_="drawing"), element("figcaption", note))
    return section("Circuit", figure)


def comparisons(material: Mapping[str, Any]) -> Html | None:
    """The certificates: is what ran what was asked for?"""
    rows = material.get("certificates") or ()
    if not rows:
        return None
    # The worst is said first, and never cut off.
    ranked = sorted(
        rows, key=lambda row: (("mismatch", "not_checked").index(row["result"]) if row["result"] != "equivalent" else 2, row["seq"])
    )
    body = [_comparison(row) for row in ranked[:MOST_COMPARISONS]]
    equal = sum(row["result"] == "equivalent" for row in rows)
    told = f"{equal:,} of {len(rows):,} comparisons found the same meaning on both sides. Each is in workflow/certificates.json."
    head = element("tr", *(element("th", name, scope="col") for name in ("From → to", "Program", "Verdict", "Method", "Not covered")))
    table = element("table", element("thead", head), element("tbody", *body))
    return section("Was it what was asked for?", element("p", told), table)


def _folds(drawing: str) -> Iterator[Html]:
    """The drawing in the parts that it was folded into, so that a page break falls between two of them."""
    lines = drawing.removesuffix("\n").split("\n")
    if lines[0].startswith("global phase"):
        yield element("span", f"{lines.pop(0)}\n")
    # Every line of a part but the first begins with this mark, and all parts are of one height.
    height = next((number for number, line in enumerate(lines) if line.startswith("«")), 0) or len(lines)
    for first in range(0, len(lines), max(height, 1)):
        yield element("span", "".join(f"{line}\n" for line in lines[first : first + height]))


def _figure(data: Mapping[str, Any], number: int, of: int) -> Html | None:
    counts = {str(key): count for key, count in object_in(data, "counts").items() if isinstance(count, int) and count >= 0}
    if not counts:
        return element("p", f"Circuit {number}: no counts.", class_="soft")
    shots = sum(counts.values())
    bars = bars_of(counts)
    title = f"Counts of {f'circuit {number}' if of > 1 else 'the circuit'}, {shots:,} shots"
    notes = [_SOURCES.get(str(data.get("counts_source")), str(data.get("counts_source")))]
    engine = object_in(data, "engine")
    if engine.get("name"):
        notes.append(f"engine {engine['name']} {engine.get('version') or ''}, {engine.get('method') or 'method not stated'}")
    if data.get("emulated"):
        notes.append(f"emulated under the calibration of {when(data.get('calibration_taken_at'))}")
    if data.get("measured") == "all, added":
        notes.append("the program measured nothing, so all qubits were measured at its end")
    if str(data.get("bit_order")) == "clbit_0_first":
        notes.append("classical bit 0 leftmost")
    notes.append("whiskers: one standard error of a binomial share")
    flags = [element("li", meaning_of(flag)) for flag in flags_of(data)]
    return element(
        "figure",
        element("h3", f"Circuit {number}") if of > 1 else None,
        element("div", element("ul", *flags), class_="verdict doubtful") if flags else None,
        draw_histogram(bars, shots, title, f"chart-{number}"),
        element("figcaption", f"{title}: {'; '.join(notes)}."),
        write_table(bars, f"Counts of circuit {number}" if of > 1 else "Counts"),
    )


def _value(data: Mapping[str, Any]) -> Html | None:
    told: list[str | None] = []
    summary = data.get("summary")
    if isinstance(summary, Mapping) and summary:
        pairs = [(str(name), value if isinstance(value, str) else json.dumps(value)) for name, value in list(summary.items())[:50]]
        named = (element("div", element("dt", name), element("dd", short(value, 500))) for name, value in pairs)
        told.append(element("dl", *named, class_="facts"))
    if data.get("value") is not None:
        told.append(_json(data["value"]))
    if not told:
        return None
    origin = f", by {data['entry_point']}" if data.get("entry_point") else ""
    return element("div", element("h3", f"Returned by the script{origin}"), *told)


def _comparison(row: Mapping[str, Any]) -> Html:
    certificate = object_in(row, "certificate")
    kind, verdict = _VERDICTS.get(row["result"], ("unchecked", str(row["result"])))
    missed = list_in(certificate, "not_covered")
    reason = certificate.get("reason")
    left_out = "; ".join(str(one) for one in (*missed, *([reason] if reason else ()))) or "—"
    return element(
        "tr",
        element("th", str(row["hop"]), scope="row"),
        element("td", str(certificate.get("program", "—"))),
        element("td", verdict, class_=kind),
        element("td", str(row["method"])),
        element("td", short(left_out, 300)),
    )


def _json(value: Any) -> Html:
    written = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    cut = written if len(written) <= MOST_JSON else written[:MOST_JSON] + "\n… the whole is in results/results.json"
    return element("pre", cut, class_="text")
