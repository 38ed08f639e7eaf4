"""What ran, where and when, in a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from quapsule.seal import Item
from quapsule.seal.faces.facts import emulation_of, extension_of, median_of, object_in, read_json, software_of, to_utc
from quapsule.seal.faces.markup import Html, element, short
from quapsule.seal.faces.report_parts import MOST_VALUE, Rows, compact, pairs, section, table, when

__all__ = ["backend", "cost", "environment", "facts", "files", "lineage", "log", "program", "timeline"]

MOST_EVENTS = 80
MOST_FILES = 500
MOST_LOG = 16_000
MOST_PARAMETERS = 60


def facts(manifest: Mapping[str, Any], material: Mapping[str, Any]) -> Html:
    job, capsule = material.get("job") or {}, material.get("capsule") or {}
    needed = manifest.get("requirements") or {}
    shots = manifest.get("total_shots")
    git = object_in(extension_of(manifest), "git")
    emulated = " (emulated)" if emulation_of(material) else ""
    return pairs(
        [
            ("Author", (material.get("author") or {}).get("name")),
            ("Team", (material.get("team") or {}).get("name")),
            ("Backend", f"{job['backend']}{emulated}" if job.get("backend") else None),
            ("Framework", job.get("framework")),
            ("Shots in all", f"{shots:,}" if isinstance(shots, int) and shots else None),
            ("Qubits", needed.get("max_qubit_count") or None),
            ("Seed", object_in(job, "parameters").get("seed")),
            ("Started", when(job.get("started_at")) if job.get("started_at") else None),
            ("Ended", when(job.get("completed_at")) if job.get("completed_at") else None),
            ("Took", _seconds(job.get("wall_time_seconds"))),
            ("Keep for", f"{capsule['retention_years']} years" if capsule.get("retention_years") else None),
            ("DOI", capsule.get("doi")),
            ("Source", " at ".join(str(one) for one in (git.get("repo"), git.get("sha")) if one) or None),
            ("Run", manifest.get("run_id")),
        ]
    )


def program(material: Mapping[str, Any]) -> Html | None:
    """The text that was submitted, whole, and what it was run with."""
    asked = next((one for one in material.get("programs") or () if one["kind"] == "asked"), None)
    job = material.get("job") or {}
    given = list(object_in(job, "parameters").items())
    parameters = table(("Parameter", "Value"), [(name, compact(value)) for name, value in given[:MOST_PARAMETERS]]) if given else None
    more = None
    if len(given) > MOST_PARAMETERS:
        more = element("p", f"{len(given) - MOST_PARAMETERS:,} more parameters are in workflow/job.json.", class_="soft")
    if asked is None:
        return section("Program", parameters, more)
    lines = asked["content"].replace("\r\n", "\n").removesuffix("\n").split("\n")
    numbered = element("pre", *(element("span", f"{line}\n") for line in lines), class_="code")
    told = f"As it was submitted: {asked['format']}, {len(lines):,} lines, sha256:{asked['sha256']}"
    return section(
        "Program", element("p", told, class_="soft small"), numbered, element("h3", "Run with") if given else None, parameters, more
    )


def backend(material: Mapping[str, Any]) -> Html | None:
    row = material.get("backend")
    if not row:
        return None
    told: list[str | None] = [element("p", emulation_of(material)) if emulation_of(material) else None]
    told.append(
        pairs(
            [
                ("Name", row.get("name")),
                ("Provider", row.get("provider")),
                ("Kind", {"qpu": "quantum processor", "simulator": "simulator"}.get(str(row.get("device_type")), row.get("device_type"))),
                ("Qubits", row.get("qubit_count")),
                ("Topology", row.get("topology")),
                ("Region", row.get("region")),
                ("Identifier", row.get("device_arn") or row.get("slug")),
            ]
        )
    )
    told += [_calibration(one) for one in (material.get("calibrations") or ())[:8]]
    return section("Backend and calibration", *told)


def environment(items: Sequence[Item], material: Mapping[str, Any]) -> Html | None:
    read = read_json(items, "environment/environment.json")
    if not isinstance(read, Mapping):
        return None
    told: Rows = [("Interpreter", " ".join(str(read[name]) for name in ("implementation", "interpreter") if read.get(name)))]
    told += [("Platform", read.get("platform")), ("Machine", read.get("machine"))]
    told += [(one.name, one.version) for one in software_of(items, material)]
    packages = read.get("packages")
    count = len(packages) if isinstance(packages, list) else 0
    note = f"All {count:,} packages that were installed, with digests, are in environment/environment.json."
    return section("Environment", pairs(told), element("p", note, class_="soft small"))


def timeline(material: Mapping[str, Any]) -> Html | None:
    events = list(material.get("events") or ())
    if not events:
        return None
    first = to_utc(events[0]["at"])
    half = MOST_EVENTS // 2
    shown = events if len(events) <= MOST_EVENTS else events[:half] + events[-half:]
    rows = []
    for event in shown:
        at = to_utc(event["at"])
        offset = f"+{(at - first).total_seconds():.3f} s" if at and first else "—"
        detail = ";\n".join(f"{name}: {compact(value)}" for name, value in object_in(event, "detail").items())
        rows.append((when(event["at"]), offset, short(str(event["event"]), 40), short(detail, MOST_VALUE)))
    more = None
    if len(shown) < len(events):
        more = element("p", f"{len(events) - len(shown):,} events in the middle are in provenance/timeline.json.", class_="soft")
    return section("Timeline", table(("At", "After", "Event", "Detail"), rows, when_first=True), more)


def cost(material: Mapping[str, Any]) -> Html | None:
    job = material.get("job")
    if not job:
        return None
    quote = object_in(material, "quote")
    pricing = object_in(quote, "pricing")
    tasks = material.get("tasks") or ()
    rows: Rows = [
        ("Quoted before the run", _dollars(quote.get("estimated_cost_usd"))),
        ("Settled after it", _dollars(job.get("actual_cost_usd"))),
        (
            "Tasks on devices",
            f"{len(tasks):,}, together {_dollars(sum(_number(task.get('cost_usd')) for task in tasks))}" if tasks else None,
        ),
        ("Price list", _priced(pricing)),
        ("Prices as of", pricing.get("date")),
        ("Source of prices", pricing.get("source")),
    ]
    return section("Cost", pairs(rows))


def lineage(manifest: Mapping[str, Any], material: Mapping[str, Any]) -> Html:
    job, parent = material.get("job") or {}, material.get("parent") or {}
    derived = manifest.get("derived_from") or parent.get("mqc_id") or parent.get("id")
    rows: Rows = [("Derived from", derived), ("Retry of job", job.get("retried_from")), ("Job", job.get("id"))]
    kept = pairs([row for row in rows if row[1]]) if any(value for _, value in rows) else None
    alone = None if derived else element("p", "It is derived from no other capsule.", class_="soft")
    return element("section", element("h2", "Lineage"), kept, alone)


def log(material: Mapping[str, Any]) -> Html | None:
    """Its end, where the reason of a failure stands."""
    content = (material.get("log") or {}).get("content")
    if not content:
        return None
    tail = content[-MOST_LOG:]
    cut = len(tail) < len(content)
    if cut:
        tail = tail[tail.find("\n") + 1 :]
    notes = ["Only its end; the whole is in results/log.txt."] if cut else []
    notes += ["The log was longer than what is kept of one."] if material["log"].get("truncated") else []
    return section("Log", element("p", " ".join(notes), class_="soft small") if notes else None, element("pre", tail, class_="text"))


def files(items: Sequence[Item]) -> Html:
    listed = sorted(items, key=lambda item: item.name)
    rows = [
        element(
            "tr",
            element("th", element("code", item.name), scope="row"),
            element("td", item.artifact_type, class_="word"),
            element("td", _size(item.size_bytes), class_="number"),
            element("td", element("code", f"sha256:{item.sha256}"), class_="digest"),
        )
        for item in listed[:MOST_FILES]
    ]
    head = (element("th", name, scope="col", class_="number" if name == "Size" else None) for name in ("File", "Kind", "Size", "Digest"))
    listing = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    told = f"{len(listed):,} files, {_size(sum(item.size_bytes for item in listed))}; this report, capsule.yaml and .checksums come on top."
    if len(listed) > MOST_FILES:
        told += f" The first {MOST_FILES} are listed; .checksums has all."
    return element("section", element("h2", "Files"), element("p", told, class_="soft small"), listing)


def _calibration(row: Mapping[str, Any]) -> Html:
    told = object_in(row, "description")
    figures: Rows = [
        ("Taken", when(row.get("taken_at"))),
        ("Qubits", told.get("qubits")),
        ("Median T1", _unit(median_of(told.get("t1_us")), "µs")),
        ("Median T2", _unit(median_of(told.get("t2_us")), "µs")),
        ("Median readout error", _percent(median_of(told.get("readout_error")))),
        ("Median one-qubit error", _percent(median_of(told.get("one_qubit_error")))),
        ("Median two-qubit error", _percent(median_of(told.get("two_qubit_error")))),
        ("Source", row.get("source")),
        ("Digest", f"sha256:{row.get('sha256')}"),
    ]
    return element("div", element("h3", f"Calibration of {row.get('backend')}"), pairs(figures))


def _dollars(amount: Any) -> str:
    if not isinstance(amount, int | float):
        return "not known"
    # As many digits as a price list has; a shot may cost a thousandth of a cent.
    whole = f"{float(amount):,.6f}".rstrip("0")
    places = len(whole.split(".")[1])
    return f"{whole}{'0' * max(0, 2 - places)} USD"


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _priced(pricing: Mapping[str, Any]) -> str:
    if pricing.get("unit") == "free":
        return "free"
    named = (("by", "unit"), ("task", "taskFee"), ("shot", "perShot"), ("at least", "minimumCost"))
    return ", ".join(f"{word} {pricing[name]}" for word, name in named if pricing.get(name) is not None)


def _seconds(seconds: Any) -> str | None:
    if not isinstance(seconds, int | float):
        return None
    return f"{float(seconds):,.3f} s" if float(seconds) < 120 else f"{float(seconds) / 60:,.1f} min"


def _size(size: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:,.0f} B" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024  # type: ignore[assignment]
    return f"{size:,.1f} GiB"


def _unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:.4g} {unit}"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.3g} %"
