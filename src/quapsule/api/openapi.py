"""The OpenAPI document as we speak it: errors of one shape, and three ways to say who is asking."""

from typing import Any

from quapsule.errors import CODES

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
_REFUSED = {
    "description": "A refusal, with its code, a message for people and often the next step.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


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
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _REFUSED
    return document
