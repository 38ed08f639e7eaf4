"""The standard's profile of YAML 1.2 on PyYAML: plain values have JSON's types or are text, and whatever two readers could take differently
is refused. It agrees with the published package's loader, which the tests compare it to."""

import re
from typing import Any

import yaml

__all__ = ["load"]

_MOST_DEPTH = 64
_MOST_SAFE_INT = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"

_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_INT = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$")


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser; its resolver of YAML 1.1 is replaced, its constructors are not used."""

    depth = 0

    def scan_directive(self) -> Any:
        token = super().scan_directive()
        if token.name not in ("YAML", "TAG") or (token.name == "YAML" and token.value not in ((1, 1), (1, 2))):
            raise yaml.YAMLError(f"the directive %{token.name} is not of YAML 1.1 or 1.2")
        return token

    def scan_flow_scalar_breaks(self, double: Any, start_mark: Any) -> Any:
        chunks = super().scan_flow_scalar_breaks(double, start_mark)
        # PyYAML lets a quoted text go on at any column; YAML 1.2 wants it further in than what contains it.
        if self.line > start_mark.line and self.indent >= 0:
            before = self.buffer[self.pointer - self.column : self.pointer]
            if not before.startswith(" " * (self.indent + 1)):
                raise yaml.scanner.ScannerError(None, None, "a quoted text goes on too far to the left", self.get_mark())
        return chunks

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _refused("an alias", self.get_mark())
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise _refused(f"more than {_MOST_DEPTH} levels", self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("bool", _BOOL, "tTfF"),
    ("null", _NULL, ["~", "n", "N", ""]),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
):
    _Loader.add_implicit_resolver(_TAG + _name, _pattern, list(_first))


def load(text: str) -> Any:
    """The only document of a text whose line breaks are LF. Raises yaml.YAMLError."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _value(node)
    finally:
        loader.dispose()


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return [_value(part) for part in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    raise _refused(f"the tag {node.tag}", node.start_mark)


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _value(key_node)
        if not isinstance(key, str):
            raise _refused("a key that is no text", key_node.start_mark)
        if key in found:
            raise _refused(f"the key {key[:40]!r} a second time", key_node.start_mark)
        found[key] = _value(value_node)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    kind, text = (node.tag.removeprefix(_TAG) if node.tag.startswith(_TAG) else ""), str(node.value)
    if kind == "str":
        if _SURROGATE.search(text):
            raise _refused("half a character", node.start_mark)
        return text
    if kind == "null" and _NULL.fullmatch(text):
        return None
    if kind == "bool" and _BOOL.fullmatch(text):
        return text.lower() == "true"
    if kind == "int" and _INT.fullmatch(text):
        if len(text) > 17 or abs(int(text)) > _MOST_SAFE_INT:
            raise _refused("an integer beyond 2^53 - 1", node.start_mark)
        return int(text)
    if kind == "float" and (_FLOAT.fullmatch(text) or _INT.fullmatch(text)):
        return float(text)
    raise _refused(f"a value that is no {kind[:40]} of JSON" if kind else f"the tag {node.tag[:40]}", node.start_mark)


def _refused(what: str, mark: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, f"found {what}", mark)
