import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.signing import AT, id_of, key_of

from quapsule.errors import Problem
from quapsule.seal.trust.envelope import PAYLOAD_TYPE, check_envelope, instant, make_envelope, pae, read_envelope

KEY, CAPSULE = key_of("alice"), id_of("bell")
ENVELOPE = make_envelope(KEY, CAPSULE, "bell", "Alice Ä.", "6f1c", "approval", AT)
LARGE = 1 << 17


def refused(envelope: Any, key: bytes = KEY.public_bytes, capsule_id: str = CAPSULE) -> bool:
    try:
        check_envelope(envelope, key, capsule_id)
    except Problem as problem:
        return problem.code == "signature_invalid"
    return False


def signed_anew(change: Callable[[dict[str, Any]], object]) -> str:
    """An envelope whose statement was changed and signed again by the same key: right as a signature, wrong in what it says."""
    statement = json.loads(base64.b64decode(json.loads(ENVELOPE)["payload"]))
    change(statement)
    return sealed_text(json.dumps(statement))


def sealed_text(payload: str | bytes) -> str:
    content = payload if isinstance(payload, bytes) else payload.encode()
    signature = KEY.sign(pae(PAYLOAD_TYPE, content))
    return json.dumps(
        {
            "payload": base64.b64encode(content).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": KEY.key_id, "sig": base64.b64encode(signature).decode()}],
        }
    )


def test_a_signature_is_of_no_other_capsule_and_no_other_key() -> None:
    assert refused(ENVELOPE, capsule_id=id_of("another"))
    assert refused(ENVELOPE, key=key_of("mallory").public_bytes)
    renamed = json.loads(ENVELOPE)
    renamed["signatures"][0]["keyid"] = key_of("mallory").key_id
    assert refused(renamed) and refused(renamed, key=key_of("mallory").public_bytes)


def test_no_byte_of_what_was_signed_can_be_changed() -> None:
    outer = json.loads(ENVELOPE)
    for field, holder in (("payload", outer), ("sig", outer["signatures"][0])):
        content = base64.b64decode(holder[field])
        for at in range(len(content)):
            changed = json.loads(ENVELOPE)
            target = changed if field == "payload" else changed["signatures"][0]
            target[field] = base64.b64encode(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]).decode()
            assert refused(changed), (field, at)


def test_a_statement_that_says_something_else_is_refused_even_signed() -> None:
    def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], object]:
        def change(statement: dict[str, Any]) -> None:
            target: Any = statement
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value

        return change

    predicate = "predicate"
    for change in (
        put("_type", value="https://in-toto.io/Statement/v0.1"),
        put("predicateType", value="https://slsa.dev/provenance/v1"),
        put("subject", value=[]),
        put("subject", 0, "digest", "sha256", value="0" * 64),
        put("subject", 0, "digest", value={}),
        put("subject", 0, "name", value=""),
        put(predicate, value=None),
        put(predicate, "capsule_id", value=id_of("another")),
        put(predicate, "capsule_id", value="mqc:2:" + "0" * 64),
        put(predicate, "signer", value="Alice"),
        put(predicate, "signer", "name", value=""),
        put(predicate, "signer", "name", value="A" * 1001),
        put(predicate, "signer", "name", value="\ud800"),
        put(predicate, "signer", "id", value=7),
        put(predicate, "meaning", value="liking"),
        put(predicate, "signed_at", value="2026-11-23T05:30:00"),
        put(predicate, "signed_at", value="2026-11-23T05:30:00+01:00"),
        put(predicate, "signed_at", value="2026-13-23T05:30:00Z"),
        put(predicate, "signed_at", value=0),
        put(predicate, "on_behalf_of", value="yes"),
        lambda statement: statement["subject"].append(statement["subject"][0]),
    ):
        assert refused(signed_anew(change))
    assert not refused(signed_anew(lambda statement: None))


def test_a_payload_that_could_be_read_in_two_ways_is_refused_even_signed() -> None:
    text = base64.b64decode(json.loads(ENVELOPE)["payload"]).decode()
    for payload in (
        text.replace('"meaning":"approval"', '"meaning":"approval","meaning":"review"'),
        text.replace('"meaning":', '"x":NaN,"meaning":'),
        text + text,
        "[" * 100_000,
        "[]",
        "",
        b"\xff\xfe",
        text.replace("Alice", "A" * LARGE),
    ):
        assert payload != text and refused(sealed_text(payload))


def test_an_envelope_that_is_none_is_refused() -> None:
    outer = json.loads(ENVELOPE)
    for change in (
        {"payloadType": "text/plain"},
        {"payload": None},
        {"payload": "é"},
        {"payload": "A"},
        {"signatures": []},
        {"signatures": outer["signatures"] * 2},
        {"signatures": [None]},
        {"signatures": [{**outer["signatures"][0], "keyid": KEY.key_id.upper()}]},
        {"signatures": [{**outer["signatures"][0], "keyid": None}]},
        {"signatures": [{**outer["signatures"][0], "sig": "*"}]},
    ):
        assert refused({**outer, **change}) and refused(json.dumps({**outer, **change}))
    for envelope in ("", "null", "[]", "{}", ENVELOPE[:-1], ENVELOPE + " " * LARGE, {1: 2}, {}):
        assert refused(envelope)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.text() | json_values.map(json.dumps) | st.dictionaries(st.sampled_from(["payload", "payloadType", "signatures"]), json_values))
def test_whatever_comes_as_an_envelope_is_refused_and_nothing_worse(envelope: Any) -> None:
    assert refused(envelope)


@given(json_values | st.dictionaries(st.sampled_from(["_type", "subject", "predicateType", "predicate"]), json_values))
def test_whatever_was_signed_is_refused_and_nothing_worse(statement: Any) -> None:
    assert refused(sealed_text(json.dumps(statement)))


def test_what_nobody_could_read_back_is_not_signed() -> None:
    for wrong in (
        {"capsule_id": "mqc:1:abc"},
        {"meaning": "liking"},
        {"signer_name": ""},
        {"signed_at": "yesterday"},
        {"signed_at": datetime(2026, 11, 23)},  # noqa: DTZ001 - without a zone: that is what is refused
    ):
        given: dict[str, Any] = {
            "capsule_id": CAPSULE,
            "name": "bell",
            "signer_name": "A",
            "signer_id": None,
            "meaning": "review",
            "signed_at": AT,
        }
        with pytest.raises(Problem) as problem:
            make_envelope(KEY, **{**given, **wrong})
        assert problem.value.code == "signature_invalid"


def test_an_envelope_says_who_signed_what_when_and_why() -> None:
    signed = check_envelope(ENVELOPE, KEY.public_bytes, CAPSULE)
    assert (signed.key_id, signed.capsule_id, signed.subject) == (KEY.key_id, CAPSULE, "bell.capsule")
    assert (signed.name, signed.signer_id, signed.meaning, signed.signed_at, signed.on_behalf_of) == (
        "Alice Ä.",
        "6f1c",
        "approval",
        AT,
        False,
    )
    assert signed.statement == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "bell.capsule", "digest": {"sha256": CAPSULE.removeprefix("mqc:1:")}}],
        "predicateType": "https://quapsule.org/capsule-signature/v1",
        "predicate": {"capsule_id": CAPSULE, "signer": {"name": "Alice Ä.", "id": "6f1c"}, "meaning": "approval", "signed_at": AT},
    }
    assert check_envelope(json.loads(ENVELOPE), KEY.public_bytes, CAPSULE) == signed


def test_a_signature_for_a_person_says_so() -> None:
    lent = read_envelope(make_envelope(key_of("platform"), CAPSULE, "bell", "Alice", None, "review", AT, on_behalf_of=True))
    assert lent.on_behalf_of and lent.signer_id is None
    assert "on_behalf_of" not in read_envelope(ENVELOPE).statement["predicate"]


def test_both_alphabets_of_base64_are_taken() -> None:
    outer = json.loads(ENVELOPE)
    outer["signatures"][0]["sig"] = outer["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
    outer["payload"] = outer["payload"].replace("+", "-").replace("/", "_")
    assert not refused(outer)


def test_what_is_signed_is_encoded_as_dsse_has_it() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_instants_are_written_in_utc() -> None:
    there = datetime(2026, 11, 23, 6, 30, tzinfo=timezone(timedelta(hours=1)))
    assert (
        instant(there)
        == instant("2026-11-23T06:30:00+01:00")
        == instant(datetime(2026, 11, 23, 5, 30, tzinfo=UTC))
        == "2026-11-23T05:30:00Z"
    )
