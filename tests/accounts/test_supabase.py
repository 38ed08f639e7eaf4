"""Supabase's tokens by its published keys, from a real HTTP server of them."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from quapsule.accounts.supabase import SupabaseTokens
from quapsule.errors import Problem
from quapsule.settings import Settings

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def jwks_url() -> Iterator[str]:
    published = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "alg": "ES256", "use": "sig"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [published]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks.json"
    server.shutdown()
    thread.join()
    server.server_close()


def _claims(**other: Any) -> dict[str, Any]:
    return {"sub": str(uuid4()), "aud": "authenticated", "role": "authenticated", "exp": int(time.time()) + 60, **other}


def _forged(claims: dict[str, Any], public_key: str) -> str:
    """Signed with the published key as if it were a secret."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256", "typ": "JWT", "kid": "k1"}, claims)
    ]
    signature = hmac.new(public_key.encode(), b".".join(parts), "sha256").digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_without_settings_there_are_none() -> None:
    assert SupabaseTokens.from_settings(Settings()) is None


def test_tokens_of_other_keys_and_algorithms_are_refused(jwks_url: str) -> None:
    tokens = SupabaseTokens(Settings(supabase_jwks_url=jwks_url))
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())
    bad = [
        jwt.encode(_claims(), ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": "k1"}),
        jwt.encode(_claims(), KEY, algorithm="ES256", headers={"kid": "k2"}),
        _forged(_claims(), public),
        jwt.encode(_claims(exp=int(time.time()) - 60), KEY, algorithm="ES256", headers={"kid": "k1"}),
        jwt.encode(_claims(aud="other"), KEY, algorithm="ES256", headers={"kid": "k1"}),
        "a.b.c",
        "..",
    ]
    assert [tokens.claims(token) for token in bad] == [None] * len(bad)


def test_a_good_token_passes_on_who_it_is_and_nothing_else(jwks_url: str) -> None:
    tokens = SupabaseTokens(Settings(supabase_jwks_url=jwks_url))
    claims = _claims(session_id=str(uuid4()), level="read", team_id=str(uuid4()), email="ann@example.org")
    found = tokens.claims(jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "k1"}))
    assert found == {key: claims[key] for key in ("sub", "role", "session_id")}


def test_keys_that_cannot_be_fetched_are_said_to_be_missing() -> None:
    tokens = SupabaseTokens(Settings(supabase_jwks_url="http://127.0.0.1:9/jwks.json"))
    with pytest.raises(Problem) as refused:
        tokens.claims(jwt.encode(_claims(), KEY, algorithm="ES256", headers={"kid": "k1"}))
    assert refused.value.code == "not_ready"
