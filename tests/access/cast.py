"""The cast of the access tests: people, teams and, for every table, one labelled row per team.

Labels: a = team alpha (its member mia's), b = team beta (its owner's), s = the suspended team (its owner's), r = team alpha, of a person
who was removed from it; k and l = of kira, who owns alpha and beta, in alpha and in beta. Other labels are named where they are planted.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from psycopg import Connection, sql

_SPACE = UUID("5eed5eed-0000-4000-8000-000000000000")
_ZEROS = "0" * 64
# Their seq is given, not made by the database.
_NUMBERED = {"public.job_programs", "public.job_certificates", "public.job_tasks", "private.seal_log"}


def named(what: str) -> UUID:
    """The same id for the same words in every run, so that a failing cell can be read."""
    return uuid5(_SPACE, what)


PEOPLE = ("olga", "adam", "mia", "kira", "ben", "sam", "rex", "sue", "max", "nina")
USER = {name: named(f"user {name}") for name in PEOPLE}
TEAM = {name: named(f"team {name}") for name in ("alpha", "beta", "gamma", "delta")}
MEMBERS = (
    ("alpha", "olga", "owner"),
    ("alpha", "adam", "admin"),
    ("alpha", "mia", "member"),
    ("alpha", "max", "member"),
    ("alpha", "kira", "owner"),
    ("beta", "ben", "owner"),
    ("beta", "kira", "owner"),
    ("gamma", "sue", "owner"),
    ("delta", "sam", "owner"),
)
# label → team, author
PLACES = {
    "a": ("alpha", "mia"),
    "b": ("beta", "ben"),
    "s": ("gamma", "sue"),
    "r": ("alpha", "rex"),
    "k": ("alpha", "kira"),
    "l": ("beta", "kira"),
}


@dataclass(frozen=True)
class Persona:
    """Whom a statement is run as: a database role and, for people and keys, the claims of their token."""

    name: str
    role: str
    person: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)

    @property
    def user(self) -> UUID:
        return USER[self.person or "mia"]


def _person(name: str, person: str, **claims: str) -> Persona:
    return Persona(name, "authenticated", person, {"sub": str(USER[person]), "role": "authenticated", **claims})


def _key(level: str) -> Persona:
    return _person(f"key_{level}", "kira", team_id=str(TEAM["alpha"]), level=level, key_id=str(named(f"key {level}")))


PERSONAS = (
    _person("owner", "olga"),
    _person("admin", "adam"),
    _person("member", "mia"),
    _person("both", "kira"),
    _person("other", "ben"),
    _person("stranger", "sam"),
    _person("removed", "rex"),
    _person("suspended", "sue"),
    _key("read"),
    _key("simulate"),
    _key("full"),
    Persona("anonymous", "anon"),
    Persona("login", "api_login"),
    Persona("worker", "worker_login"),
    Persona("service", "service_role"),
)


@contextmanager
def acting(connection: Connection[Any], persona: Persona) -> Iterator[None]:
    """Role and claims as database/session.py takes them, until the end of the block; everything done within is undone."""
    connection.execute("savepoint persona")
    try:
        connection.execute(
            "select set_config('request.jwt.claims', %s, true), set_config('role', %s, true)",
            (json.dumps(dict(persona.claims)) if persona.claims else "", persona.role),
        )
        yield
    finally:
        connection.execute("rollback to savepoint persona")


@dataclass(frozen=True)
class Planted:
    """table → label → the row as JSON; and per table the columns that are its key."""

    rows: dict[str, dict[str, dict[str, Any]]]
    keys: dict[str, list[str]]


def plant(owner: Connection[Any]) -> Planted:
    """Cast and rows, past triggers and policies. `owner` is a superuser's connection."""
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    keys: dict[str, list[str]] = {}
    with owner.transaction():
        owner.execute("set local session_replication_role = replica")
        for table, label, row in _all_rows():
            key = keys.setdefault(table, _key_of(owner, table))
            planted = _insert(owner, table, row)
            if label:
                rows.setdefault(table, {})[label] = planted
            assert key, f"{table} has no primary key"
    for table, by_label in _STANDING.items():
        keys[table] = _key_of(owner, table)
        for label, condition in by_label.items():
            query = sql.SQL("select to_jsonb(t) from {} as t where {}").format(sql.Identifier(*table.split(".")), sql.SQL(condition))
            found = owner.execute(query).fetchone()
            assert found is not None, f"{table} has no row where {condition}"
            rows.setdefault(table, {})[label] = found[0]
    # The view on people shows rows of auth.users.
    keys["private.people"] = ["id"]
    rows["private.people"] = {label: {"id": row["id"], "email": row["email"], "name": None} for label, row in rows["auth.users"].items()}
    return Planted(rows, keys)


# Rows that migrations and seeds leave: p = anybody's, u = unavailable.
_STANDING = {
    "public.backends": {"p": "slug = 'local'", "u": "slug = 'qb-sim-statevector-gpu'"},
    "public.backend_lifecycle": {"p": "slug = 'ionq-aria-1'"},
    "public.providers": {"p": "slug = 'ionq'"},
    "public.calibrations": {"p": "backend = 'iqm-garnet'"},
    "private.landed_migrations": {"p": "version = '001'"},
    "private.applied_rules": {"p": "only_row"},
}


def _all_rows() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in PEOPLE:
        label = {"mia": "a", "ben": "b", "sue": "s"}.get(name, "")
        yield (
            "auth.users",
            label,
            {"id": USER[name], "email": f"{name}@example.org", "encrypted_password": "argon2id", "raw_user_meta_data": {}},
        )
    for name, label in (("alpha", "a"), ("beta", "b"), ("gamma", "s"), ("delta", "")):
        yield "public.teams", label, {"id": TEAM[name], "name": name, "suspended_at": "2026-01-01" if name == "gamma" else None}
    for team, person, role in MEMBERS:
        label = {"mia": "a", "max": "m", "ben": "b", "sue": "s"}.get(person, "")
        yield "public.team_members", label, {"team_id": TEAM[team], "user_id": USER[person], "role": role}
    for label in "abs":
        yield from _rows_of_a_team(label)
    for label in "rkl":
        yield from _rows_of_a_person(label)
    for label, team, person, public, active in (
        ("p", None, None, True, True),  # the platform's template
        ("o", "beta", "ben", True, True),  # open: beta published it
        ("d", "beta", "ben", True, False),  # published and deleted again
    ):
        owned = {"team_id": TEAM[team] if team else None, "user_id": USER[person] if person else None}
        yield "public.scripts", label, {**_script(label), **owned, "is_public": public, "is_active": active}
        version = {"script_id": named(f"script {label}"), "version": 1, "content": label, "sha256": _ZEROS}
        yield "public.script_versions", label, version
    yield from _rows_of_the_seal_log()
    yield "public.invitation_codes", "p", {"id": named("code"), "code": "WELCOME", "max_uses": 5}
    yield "private.rate_counters", "p", {"bucket": "sign-in", "window_start": "2026-01-01", "count": 1}
    yield "private.workers", "p", {"name": "worker-1", "slots": 2}
    yield "private.secret_recipients", "p", {"key_id": "K1", "public_key": "armored"}


def _rows_of_a_team(label: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One row per table, and spares (without label) that a fresh child may be hung on."""
    team, person = PLACES[label]
    of_team, by = {"team_id": TEAM[team]}, {"user_id": USER[person]}
    job, capsule, script, secret, endpoint = (named(f"{what} {label}") for what in ("job", "capsule", "script", "secret", "endpoint"))
    yield from _rows_of_a_person(label)
    for name, wanted in ((f"job spare {label}", ""), (f"job lease {label}", "")):
        yield "public.job_runs", wanted, {"id": named(name), **of_team, **by, "inline_code": "x", "framework": "openqasm"}
    yield "public.job_results", label, {"id": named(f"result {label}"), "job_run_id": job, "result_type": "counts", "result_data": {"0": 1}}
    yield "public.job_programs", label, {"job_id": job, "kind": "asked", "seq": 0, "format": "qasm3", "content": "x", "sha256": _ZEROS}
    found = {"hop": "script → interchange", "method": "unitary", "result": "equivalent", "certificate": {"qubits": 2}}
    yield "public.job_certificates", label, {"job_id": job, "seq": 0, **found}
    task = {"job_id": job, "seq": 0, "backend": "iqm-garnet", "status": "submitted", "program_sha256": _ZEROS, "shots": 100}
    yield "public.job_tasks", label, {**task, "client_token": f"token-{label}"}
    yield "public.job_logs", label, {"job_id": job, "content": "hello"}
    yield "public.job_events", label, {"job_id": job, "event": "job.pending"}
    yield "public.job_attempts", label, {"job_id": job, "attempt": 1, "fence": 1, "worker": "worker-1"}
    yield "public.job_lineage", label, {"job_id": job, "retried_from": None}
    yield "private.job_leases", label, {"job_id": job, "fence": 1, "worker": "worker-1", "attempt": 1, "lease_until": "2030-01-01"}
    yield "public.script_versions", label, {"script_id": script, "version": 1, "content": "x", "sha256": _ZEROS, "created_by": USER[person]}
    for name, wanted in ((f"secret {label}", label), (f"secret spare {label}", "")):
        sealed = {"id": named(name), **of_team, "provider": "aws", "key_name": name, "encrypted_value": "pgp1:K1:abcd"}
        yield "public.team_secrets", wanted, sealed
    yield "private.team_secret_authors", label, {"secret_id": secret, "created_by": USER[person]}
    link = {"id": endpoint, **of_team, "url": "https://example.org/hook", "encrypted_secret": "pgp1:K1:abcd"}
    yield "public.webhook_endpoints", label, link
    yield (
        "public.webhook_deliveries",
        label,
        {"id": named(f"delivery {label}"), "endpoint_id": endpoint, "event_type": "job.completed", "payload": {}},
    )
    yield "public.cost_entries", label, {"id": named(f"cost {label}"), **of_team, "backend": "sv1", "kind": "actual", "amount_usd": 1}
    artifact = {"id": named(f"artifact {label}"), "capsule_id": capsule, "name": "workflow.json", "artifact_type": "workflow"}
    yield "public.capsule_artifacts", label, artifact
    yield (
        "public.capsule_task_executions",
        label,
        {"id": named(f"task {label}"), "capsule_id": capsule, "task_id": "t1", "backend": "local"},
    )
    yield from _rows_of_sealing(label)
    invitation = {"id": named(f"invitation {label}"), **of_team, "email": f"guest-{label}@example.org", "role": "member"}
    yield (
        "public.team_invitations",
        label,
        {**invitation, "token": _sha(f"invitation {label}"), "invited_by": USER[person], "expires_at": "2030-01-01"},
    )
    session = {
        "id": named(f"session {label}"),
        **by,
        "token_hash": _bytes(f"session {label}"),
        "idle_until": "2030-01-01",
        "expires_at": "2030-01-01",
    }
    yield "private.sessions", label, session
    yield (
        "private.idempotency_keys",
        label,
        {"scope": f"team:{TEAM[team]}", "key": named(f"once {label}"), "body_hash": _bytes("body"), "status": 200},
    )
    yield "private.events", label, {"topic": "jobs", "name": "job.pending", **of_team, "row_id": job}
    yield "private.errands", label, {"id": named(f"errand {label}"), "kind": "estimate", "input": {}, **by}


def _rows_of_sealing(label: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A capsule that was sealed elsewhere and signed by its author, and what was asked and noted of the draft."""
    team, person = PLACES[label]
    draft, sealed = named(f"capsule {label}"), named(f"capsule sealed {label}")
    of_team, at = {"team_id": TEAM[team], "user_id": USER[person]}, "2026-01-01T00:00:00+00:00"
    yield "public.capsules", "", {"id": named(f"capsule spare {label}"), **of_team, "name": "spare"}
    yield "public.capsules", "", {"id": sealed, **of_team, "name": "sealed", "lifecycle_state": "sealed", "sealed_at": at}
    canonical = f"{{}} {label}"
    seal = {"capsule_id": sealed, "mqc_id": f"mqc:1:{_sha(canonical)}", "origin": "import", "sealed_at": at}
    yield "public.capsule_seals", label, {**seal, "manifest": _hex(canonical), "canonical": _hex(canonical), "checksums": "\\x"}
    yield "public.signing_keys", label, {**_key_of_a_signer(label), "kind": "user", "owner_id": USER[person], "name": person}
    signature = {"id": named(f"signature {label}"), "capsule_id": sealed, "key_id": _key_of_a_signer(label)["key_id"], "kind": "user"}
    yield (
        "public.capsule_signatures",
        label,
        {**signature, "signer_id": USER[person], "signer_name": person, "meaning": "author", "signed_at": at, "envelope": "{}"},
    )
    yield "public.capsule_timestamps", label, {"capsule_id": sealed, "authority": "tsa", "token": "\\x00", "stamped_at": at}
    yield "public.capsule_dois", label, {"capsule_id": sealed, "doi": f"10.1234/{label}"}
    yield "public.seal_requests", label, {"id": named(f"request {label}"), "capsule_id": draft, "kind": "sign", "meaning": "review"}
    change = {"capsule_id": draft, "team_id": TEAM[team], "actor_name": person, "action": "capsule.changed"}
    yield "public.capsule_changes", label, {**change, "actor_id": USER[person], "before": {"name": "x"}, "after": {"name": "y"}}
    yield "private.reauthentications", label, {"user_id": USER[person]}


def _rows_of_the_seal_log() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "public.signing_keys", "p", {**_key_of_a_signer("p"), "kind": "platform", "name": "quapsule/seal-log"}
    leaf = "\\x" + hashlib.sha256(b"\0entry").hexdigest()
    yield "private.seal_log", "p", {"seq": 0, "capsule_id": named("capsule sealed elsewhere"), "entry": _hex("entry"), "leaf": leaf}
    yield "private.seal_nodes", "p", {"level": 0, "index": 0, "hash": leaf}
    yield "private.checkpoints", "p", {"tree_size": 1, "root": leaf, "note": "note"}


def _key_of_a_signer(label: str) -> dict[str, Any]:
    public = hashlib.sha256(f"key of {label}".encode()).digest()
    return {"public_key": "\\x" + public.hex(), "key_id": hashlib.sha256(public).hexdigest()}


def _rows_of_a_person(label: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Rows that carry a team and an author."""
    team, person = PLACES[label]
    both = {"team_id": TEAM[team], "user_id": USER[person]}
    yield (
        "public.job_runs",
        label,
        {"id": named(f"job {label}"), **both, "inline_code": "x", "framework": "openqasm", "parameters": {"shots": 1}},
    )
    yield "public.scripts", label, {**_script(label), **both, "is_public": False}
    yield "public.capsules", label, {"id": named(f"capsule {label}"), **both, "name": f"capsule {label}"}
    analysis = {"id": named(f"analysis {label}"), **both, "backend": "local", "shots": 1, "content_sha256": _ZEROS}
    yield "public.script_analyses", label, analysis
    yield "public.benchmark_suites", label, {"id": named(f"suite {label}"), **both, "name": f"suite {label}"}
    telemetry = {
        "session_id": "s",
        "simulator": "qulacs-wasm",
        "qasm_input": "",
        "shots": 1,
        "qubit_count": 1,
        "gate_count": 1,
        "execution_time_ms": 1,
    }
    for name, wanted in ((f"simulation {label}", label), (f"simulation spare {label}", "")):
        yield "public.simulation_events", wanted, {"id": named(name), **both, **telemetry}
    yield "public.simulation_runs", label, {"event_id": named(f"simulation {label}"), "version": "1", "seed": 7}
    key = {"id": named(f"key {label}"), "team_id": TEAM[team], "created_by": USER[person], "name": f"key {label}", "hint": "abcd"}
    yield "public.api_keys", label, {**key, "key_hash": _bytes(f"key {label}"), "level": "full"}


def _script(label: str) -> dict[str, Any]:
    text = {"category": "Fundamentals", "file_path": "", "script_content": "x", "framework": "openqasm", "requirements": ""}
    return {"id": named(f"script {label}"), "slug": f"script-{label}", "name": f"script {label}", **text}


def fresh(table: str, label: str, row: Mapping[str, Any], serial: int) -> dict[str, Any]:
    """A row like a planted one that stands beside it: new keys, the same team."""
    changed = {key: value for key, value in row.items() if key not in {"seq", "xid", "run_id"} or table in _NUMBERED}
    if table == "public.job_events":
        del changed["id"]
    elif "id" in changed:
        changed["id"] = str(named(f"fresh {table} {serial}"))
    hung_on = f"job spare {label}"
    changed |= {
        "public.team_members": {"user_id": str(USER["nina"]), "role": "member"},
        "public.scripts": {"slug": f"fresh-{serial}"},
        "public.backends": {"slug": f"fresh-{serial}", "device_arn": f"fresh:{serial}"},
        "public.backend_lifecycle": {"slug": "sv1"},
        "public.providers": {"slug": f"fresh-{serial}", "name": f"fresh {serial}"},
        "public.calibrations": {"sha256": _sha(f"fresh {serial}")},
        "public.invitation_codes": {"code": f"FRESH{serial}"},
        "public.team_secrets": {"key_name": f"fresh {serial}"},
        "public.team_invitations": {"token": _sha(f"fresh {serial}"), "email": f"fresh{serial}@example.org"},
        "public.api_keys": {"key_hash": _bytes(f"fresh {serial}")},
        "public.job_programs": {"kind": "interchange", "seq": serial},
        "public.job_certificates": {"seq": serial + 10},
        "public.job_tasks": {"seq": serial + 10, "client_token": f"fresh-{serial}", "ordinal": serial},
        "public.capsule_artifacts": {"name": f"fresh {serial}"},
        "public.capsule_seals": {"capsule_id": str(named(f"capsule spare {label}"))},
        "public.signing_keys": _key_of_a_signer(f"fresh {serial}"),
        "public.capsule_timestamps": {"authority": f"fresh {serial}"},
        "public.capsule_dois": {"capsule_id": str(named(f"capsule spare {label}")), "doi": f"10.1234/fresh.{serial}"},
        "public.simulation_runs": {"event_id": str(named(f"simulation spare {label}"))},
        "private.reauthentications": {"user_id": str(USER["nina"])},
        "private.seal_log": {"seq": serial},
        "private.seal_nodes": {"index": serial},
        "private.checkpoints": {"tree_size": serial + 1},
        "public.job_logs": {"job_id": str(named(hung_on))},
        "public.job_lineage": {"job_id": str(named(hung_on))},
        "public.job_attempts": {"attempt": serial + 10},
        "public.script_versions": {"version": serial + 10},
        "private.sessions": {"token_hash": _bytes(f"fresh {serial}")},
        "private.job_leases": {"job_id": str(named(hung_on))},
        "private.idempotency_keys": {"key": str(named(f"fresh {serial}"))},
        "private.team_secret_authors": {"secret_id": str(named(f"secret spare {label}"))},
        "auth.users": {"email": f"fresh{serial}@example.org"},
    }.get(table, {})
    return changed


def _insert(owner: Connection[Any], table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in row)
    name = sql.Identifier(*table.split("."))
    record = sql.SQL("insert into {t} as t ({c}) select {c} from jsonb_populate_record(null::{t}, %s) returning to_jsonb(t)")
    found = owner.execute(record.format(t=name, c=columns), (json.dumps(row, default=str),)).fetchone()
    assert found is not None
    planted: dict[str, Any] = found[0]
    return planted


def _key_of(owner: Connection[Any], table: str) -> list[str]:
    found = owner.execute(
        "select a.attname from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)"
        " where i.indrelid = %s::regclass and i.indisprimary order by a.attnum",
        (table,),
    )
    return [row[0] for row in found]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hex(text: str) -> str:
    return "\\x" + text.encode().hex()


def _bytes(text: str) -> str:
    return "\\x" + _sha(text)
