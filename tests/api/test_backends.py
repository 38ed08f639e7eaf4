"""GET /api/backends: public, camelCase, and whole."""

KEYS = {
    "slug", "name", "provider", "deviceType", "status", "isAvailable", "pricing", "supportedProgramTypes", "region", "qubitCount",
    "topology", "maxShots", "maxQubits", "description", "documentationUrl", "tags", "displayOrder", "isRecommended",
}  # fmt: skip


def test_a_bad_token_is_refused_also_on_a_public_route(api):
    assert api.as_("qk_live_nothing").get("/api/backends").status_code == 401


def test_everybody_sees_all_backends_with_the_keys_of_the_contract(cast):
    for client in (cast.anonymous, cast.member, cast.stranger):
        answer = client.get("/api/backends").json()
        assert answer.keys() == {"backends", "updatedAt"}
        assert all(item.keys() >= KEYS for item in answer["backends"])
    slugs = [item["slug"] for item in answer["backends"]]
    assert {"local", "marqov-sim", "sv1", "ionq-aria-1", "qb-sim-statevector"} <= set(slugs)
    assert slugs[0] == "local"


def test_what_cannot_run_here_is_not_available(cast):
    found = {item["slug"]: item for item in cast.anonymous.get("/api/backends").json()["backends"]}
    assert found["local"]["isAvailable"] is True and found["local"]["queueDepth"] == 0
    assert found["sv1"]["isAvailable"] is False and "queueDepth" not in found["sv1"]
    assert found["quera-aquila"]["supportedProgramTypes"] == ["ahs"]


def test_a_retired_backend_says_since_when_and_what_to_use(cast):
    found = {item["slug"]: item for item in cast.anonymous.get("/api/backends").json()["backends"]}
    aria = found["ionq-aria-1"]
    assert (aria["status"], aria["isAvailable"], aria["successor"]) == ("retired", False, "ionq-forte-1")
    assert aria["retiredAt"].startswith("2026-01-01")
    assert "retiredAt" not in found["ionq-forte-1"]
