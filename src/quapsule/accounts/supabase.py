"""Supabase's access tokens: verified here by its secret or its JWKS, and passed to the database as claims."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt

from quapsule.errors import Problem
from quapsule.settings import Settings

_AUDIENCE = "authenticated"
_LEEWAY_SECONDS = 10
# Never both at once: a public key must not serve as an HMAC secret.
_BY_SECRET = ["HS256"]
_BY_KEY = ["ES256", "RS256", "EdDSA"]


class SupabaseTokens:
    """Verifies tokens with the one source that the settings name; the JWKS is fetched once and kept for five minutes."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.supabase_jwt_secret
        url = settings.supabase_jwks_url
        self._keys = jwt.PyJWKClient(url, cache_keys=True, lifespan=300, timeout=5) if url else None

    @classmethod
    def from_settings(cls, settings: Settings) -> "SupabaseTokens | None":
        return cls(settings) if settings.supabase_jwt_secret or settings.supabase_jwks_url else None

    def claims(self, token: str) -> dict[str, Any] | None:
        """The claims that the database reads (sub, role, session_id, email), or None when the token is not one of Supabase's.

        Raises Problem not_ready when its keys cannot be fetched.
        """
        try:
            key, algorithms = self._key(token)
            found = jwt.decode(
                token,
                key,
                algorithms=algorithms,
                audience=_AUDIENCE,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "aud", "sub"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Problem("not_ready", "The keys that sign access tokens cannot be fetched.") from error
        except jwt.PyJWTError:
            return None
        return _passed_on(found)

    def _key(self, token: str) -> tuple[Any, list[str]]:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if self._keys is not None and algorithm in _BY_KEY:
            return self._keys.get_signing_key_from_jwt(token).key, [str(algorithm)]
        if self._secret and algorithm in _BY_SECRET:
            return self._secret, _BY_SECRET
        raise jwt.InvalidAlgorithmError(f"algorithm {algorithm!r} is not accepted")


def _passed_on(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Only what we read, so that no claim of a foreign issuer (team_id, level) can widen or narrow anything."""
    if found.get("role", _AUDIENCE) != _AUDIENCE:
        return None
    try:
        claims = {"sub": str(UUID(found["sub"])), "role": _AUDIENCE}
        if found.get("session_id"):
            claims["session_id"] = str(UUID(found["session_id"]))
    except (ValueError, TypeError, AttributeError):
        return None
    return claims
