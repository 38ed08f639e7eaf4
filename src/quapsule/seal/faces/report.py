"""The report of a capsule: one HTML file that prints on A4, runs no script, fetches nothing, and says no more than the capsule holds."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from quapsule.seal import Item
from quapsule.seal.faces.facts import Standing, emulation_of, extension_of, signed_of, standing_of
from quapsule.seal.faces.markup import Html, element, join
from quapsule.seal.faces.report_parts import Rows, pairs, when
from quapsule.seal.faces.report_results import circuit, comparisons, results
from quapsule.seal.faces.report_run import backend, cost, environment, facts, files, lineage, log, program, timeline
from quapsule.seal.faces.report_style import STYLE
from quapsule.seal.format.names import safe_top

__all__ = ["REPORT_FILE", "report_html"]

REPORT_FILE = "report.html"
_WORDS = {"completed": "✓ Completed", "doubtful": "⚠ Doubtful", "failed": "✗ Failed", "unfinished": "… Not ended", "files": "Files alone"}
# What 21 CFR 11.50 calls the meaning of a signature.
_MEANINGS = {
    "author": "author: has made this record",
    "review": "review: has reviewed this record",
    "approval": "approval: approves this record",
    "responsibility": "responsibility: answers for this record",
}


def report_html(manifest: Mapping[str, Any], items: Sequence[Item], material: Mapping[str, Any]) -> bytes:
    """report.html. items: every other file of the capsule that is to be listed; contents are read for the drawing and the environment
    only. The same arguments give the same bytes."""
    standing = standing_of(material)
    body = [
        _header(manifest),
        _verdict(standing, material),
        facts(manifest, material),
        _signature(manifest),
        results(material),
        circuit(items),
        comparisons(material),
        program(material),
        backend(material),
        environment(items, material),
        timeline(material),
        cost(material),
        lineage(manifest, material),
        log(material),
        files(items),
        _verification(manifest),
        element(
            "footer", "Report of a capsule (format 1.0.0, https://pypi.org/project/marqov-capsule/), made by Quapsule when it was sealed."
        ),
    ]
    style = Html(f"<style>{STYLE}</style>")
    allowed = b64encode(sha256(STYLE.encode()).digest()).decode()
    head = [
        element("meta", charset="utf-8"),
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content=f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'",
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{manifest['name']} · capsule report"),
        style,
    ]
    page = element("html", element("head", *head), element("body", *body), lang="en")
    return f"<!doctype html>\n{page}\n".encode("utf-8", "replace")


def _header(manifest: Mapping[str, Any]) -> Html:
    tags = [element("li", str(tag)) for tag in (manifest.get("tags") or ())[:50]]
    return element(
        "header",
        element("p", f"Capsule report · {manifest.get('lifecycle_state', 'draft')}", class_="kicker"),
        element("h1", str(manifest["name"])),
        element("p", str(manifest["description"])) if manifest.get("description") else None,
        element("p", str(manifest["seal_notes"]), class_="soft") if manifest.get("seal_notes") else None,
        element("ul", *tags, class_="tags") if tags else None,
    )


def _verdict(standing: Standing, material: Mapping[str, Any]) -> Html:
    job = material.get("job") or {}
    told = [element("p", _WORDS[standing.kind], class_="headline"), element("p", standing.title, class_="plain")]
    if standing.kind == "failed" and job.get("error_message"):
        told.append(element("p", str(job["error_message"])[:4_000], class_="plain mono"))
    if rows := material.get("certificates"):
        found = [row["result"] for row in rows]
        named = (
            ("equivalent", "found the same meaning on both sides"),
            ("mismatch", "found a difference"),
            ("not_checked", "could not be made"),
        )
        said = "; ".join(f"{found.count(result):,} {words}" for result, words in named if result in found)
        told.append(element("p", f"Of {len(found):,} comparisons of programs, {said}.", class_="plain"))
    if emulated := emulation_of(material):
        told.append(element("p", emulated, class_="plain"))
    if standing.doubts:
        told.append(element("ul", *(element("li", doubt) for doubt in standing.doubts), class_="plain"))
    return element("section", *told, class_=f"verdict {standing.kind}", aria_label="Verdict")


def _signature(manifest: Mapping[str, Any]) -> Html:
    """Printed name, date and time, meaning: each in words (21 CFR 11.50). What was signed later is in the proof, not in the capsule."""
    signed = signed_of(manifest)
    if signed is None:
        return element("section", element("h2", "Signature"), element("p", "This capsule is not sealed: nobody has signed it."))
    meaning = _MEANINGS.get(signed.meaning or "", signed.meaning) if signed.meaning else "seal: made immutable by the platform"
    rows: Rows = [("Printed name", signed.name), ("Date and time", when(signed.at)), ("Meaning", meaning)]
    if signed.at != manifest.get("sealed_at"):
        rows.append(("Sealed", when(manifest.get("sealed_at"))))
    if framework := extension_of(manifest).get("regulatory_framework"):
        rows.append(("Regulatory framework", str(framework)))
    told = (
        "The signature itself, Ed25519 over this capsule's id, stands in the file "
        f"{safe_top(str(manifest['name']))}.proof.json that goes with the capsule, with every signature that was added later."
    )
    return element("section", element("h2", "Signature"), pairs(rows, "signature"), element("p", told, class_="soft small"))


def _verification(manifest: Mapping[str, Any]) -> Html:
    stem = safe_top(str(manifest["name"]))
    ways = [
        ("With Quapsule; no server, network or account", f"quapsule verify {stem}.capsule --proof {stem}.proof.json --signer FINGERPRINT"),
        (
            "With the file verify_capsule.py in the capsule",
            f"python verify_capsule.py {stem}.capsule {stem}.proof.json --signer FINGERPRINT",
        ),
        ("With the published package of the format", f"marqov-capsule verify {stem}.capsule --id CAPSULE-ID"),
    ]
    told = (
        "The id of a capsule (mqc:1: and 64 hexadecimal digits) is a digest of its manifest, and the manifest holds the digest of this "
        "report: so no report can name its own id. It is in the proof file, on the capsule's page, and is what each of these commands "
        "computes anew. The signer's fingerprint must come to you on another way than the capsule did."
    )
    listed = [join(element("dt", way), element("dd", element("pre", command, class_="text"))) for way, command in ways]
    return element("section", element("h2", "How to verify"), element("p", told), element("dl", *listed))
