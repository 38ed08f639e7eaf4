"""Whether an answer is what openapi.json says of it: a small reader of JSON Schema, of those words that our document uses."""

import re
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import httpx

from quapsule.api.app import openapi

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_FORMATS: dict[str, Any] = {"uuid": UUID, "date-time": datetime.fromisoformat}


def check(answer: httpx.Response) -> None:
    """Fails when the status is not documented for its route, or the body is not of the documented shape. Unknown routes pass."""
    method, path = answer.request.method.lower(), answer.request.url.path
    template = next((template for template, pattern in _templates() if pattern.fullmatch(path)), None)
    if template is None or method not in (operations := document()["paths"][template]):
        return
    where = f"{method} {path}: {answer.status_code}"
    told = operations[method]["responses"]
    response = told.get(str(answer.status_code)) or (told["5XX"] if answer.status_code >= 500 else None)
    assert response is not None, f"{where} is not documented"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if "content" not in response:
        assert not answer.read(), f"{where} has a body"
        return
    assert kind in response["content"], f"{where} is {kind}"
    if kind != "application/json":
        return
    answer.read()
    wrong = faults(answer.json(), response["content"][kind]["schema"])
    assert not wrong, f"{where}: {wrong[:5]} in {answer.text[:500]}"
    if "x-codes" in response:
        assert answer.json()["error"]["code"] in response["x-codes"], f"{where} with {answer.json()['error']['code']} is not documented"


def faults(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """What is wrong with a value, with its place."""
    if "$ref" in schema:
        return faults(value, document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], at)
    if "anyOf" in schema:
        each = [faults(value, option, at) for option in schema["anyOf"]]
        return [] if not all(each) else min(each, key=len)
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind in ("integer", "number"))):
        return [f"{at} is {type(value).__name__}, not {kind}"]
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return [f"{at} is {value!r}"]
    if schema.get("format") in _FORMATS:
        try:
            _FORMATS[schema["format"]](value)
        except ValueError:
            return [f"{at} is no {schema['format']}"]
    found = [fault for item in value for fault in faults(item, schema.get("items", {}), f"{at}[]")] if kind == "array" else []
    return found + (_object_faults(value, schema, at) if kind == "object" else [])


def _object_faults(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", not schema.get("properties"))
    found = [f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, item in value.items():
        if name in properties:
            found += faults(item, properties[name], f"{at}.{name}")
        elif more is False:
            found.append(f"{at}.{name} is not documented")
        elif isinstance(more, dict):
            found += faults(item, more, f"{at}.{name}")
    return found


@cache
def document() -> dict[str, Any]:
    return openapi()


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    """Those without a parameter first, as the router has them."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))) for path in paths]
