"""The OpenAPI document as we speak it: errors of one shape, and three ways to say who is asking."""

from typing import Any

from quapsule.errors import CODES

PUBLIC: dict[str, Any] = {"security": []}

_WRITES = frozenset({"post", "put", "patch", "delete"})
# Anything may meet these.
_OURS = ("internal_error", "not_ready", "timed_out")

_PROBLEM = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "properties": {
                "code": {"type": "string", "enum": sorted(CODES)},
                "message": {"type": "string"},
                "status": {"type": "integer"},
                "hint": {"type": "string"},
                "details": {"type": "object", "additionalProperties": True},
            },
        }
    },
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The same key and body again within 24 h get the first answer again, with the header Idempotent-Replayed: true.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds until it makes sense to try again.", "schema": {"type": "integer"}}}


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: what it refuses with, beyond what `describe` can tell from its form."""
    told: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        told.setdefault(CODES[code][0], {"description": "", "x-codes": []})["x-codes"].append(code)
    return told


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with our errors in place of its own 422, and the security schemes."""
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for framework_schema in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework_schema, None)
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A session's token, an API key `qk_…`, or Supabase's access token."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-quapsule"},
    }
    document["security"] = [{"bearer": []}, {"cookie": []}]
    # What a script returned stands beside the keys that are ours.
    schemas["JobResult"]["additionalProperties"] = True
    for path in document["paths"].values():
        for method, operation in path.items():
            _describe_refusals(method, operation)
            for response in operation["responses"].values():
                if (stream := response.get("content", {}).get("text/event-stream")) is not None:
                    # Text without end, which OpenAPI 3.1 has no word for; the model is that of each event's data.
                    stream["x-event-data"] = {"$ref": stream["schema"].pop("$ref")}
    return document


def _describe_refusals(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    told = {status: response["x-codes"] for status, response in responses.items() if "x-codes" in response}
    if told.keys().isdisjoint({"422"}):
        responses.pop("422", None)  # the framework's own; ours is 400
    codes = {code for listed in told.values() for code in listed}
    if "idempotency_conflict" in codes:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    for code in codes | _by_form(method, operation):
        told.setdefault(str(CODES[code][0]), [])
        told[str(CODES[code][0])] = sorted({*told[str(CODES[code][0])], code})
    for status, listed in sorted({**told, "5XX": list(_OURS)}.items()):
        responses[status] = _refused(listed)


def _by_form(method: str, operation: dict[str, Any]) -> set[str]:
    codes = set()
    if operation.get("security") != []:
        codes |= {"unauthorized"} | ({"permission_denied"} if method in _WRITES else set())
    if "parameters" in operation or "requestBody" in operation:
        codes.add("validation_error")
    if "requestBody" in operation:
        codes.add("body_too_large")
    return codes


def _refused(codes: list[str]) -> dict[str, Any]:
    refused: dict[str, Any] = {
        "description": "\n".join(f"- `{code}`: {CODES[code][1]}" for code in codes),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "x-codes": codes,
    }
    return refused | ({"headers": _RETRY_AFTER} if "rate_limited" in codes else {})
