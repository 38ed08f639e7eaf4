"""Reads the seed's text into facts: {"type teams.id": "uuid", "foreign key …": "teams.id on delete cascade", …}."""

import re
from pathlib import Path

Facts = dict[str, str]
TEXT = Path(__file__).with_name("database_schema.md")

_ROW = re.compile(r"^([a-z_]+) \| (.+) \|$")
_WORDS = re.compile(r"^[a-z][\w-]*(?:, [a-z][\w-]*)*(?:,? or [a-z][\w-]*)?$")
_COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def read_seed(text: str | None = None) -> Facts:
    text = TEXT.read_text(encoding="utf-8") if text is None else text
    body, history = text.split("Migration History (Key Migrations)")
    body, relations = body.split("Key Relationships")
    facts: Facts = {}
    for table, section in _sections(body):
        facts[f"table {table}"] = "yes"
        facts[f"row level security {table}"] = "enabled"
        _columns(facts, table, section)
        _sentences(facts, table, section)
    _relations(facts, relations)
    for name in re.findall(r"\| (\d{3}_\w+\.sql) \|", history):
        facts[f"migration {name}"] = "yes"
    facts["function handle_new_user()"] = "yes"
    assert "handle_new_user() trigger" in body, "the seed names the sign-up trigger"
    return facts


def tables(facts: Facts) -> list[str]:
    return [key.removeprefix("table ") for key in facts if key.startswith("table ")]


def _sections(body: str) -> list[tuple[str, str]]:
    """A section starts with a line of its name alone, followed by a sentence and the table of columns."""
    lines = body.splitlines()
    starts = [
        index
        for index, line in enumerate(lines)
        if re.fullmatch(r"[a-z_]+", line) and any(following.startswith("| Column |") for following in lines[index + 1 : index + 4])
    ]
    ends = [*starts[1:], len(lines)]
    return [(lines[start], "\n".join(lines[start + 1 : end])) for start, end in zip(starts, ends, strict=True)]


def _columns(facts: Facts, table: str, section: str) -> None:
    for line in section.splitlines():
        row = _ROW.match(line)
        if not row:
            continue
        column, cells = row[1], [cell.strip() for cell in row[2].split(" | ")]
        says = cells[-1]
        facts[f"type {table}.{column}"] = cells[0]
        if len(cells) == 4:
            facts[f"nullable {table}.{column}"] = cells[1].lower()
            facts[f"default {table}.{column}"] = "none" if cells[2] in ("—", "NULL") else cells[2]
        if says == "Primary key":
            facts[f"primary key {table}"] = column
        if reference := re.match(r"FK -> ([\w.]+)(?: \((CASCADE|SET NULL)\))?", says):
            facts[f"foreign key {table}.{column}"] = f"{reference[1]} on delete {(reference[2] or 'no action').lower()}"
        if _WORDS.match(says) and len(words := re.split(r",? or |, ", says)) > 1:
            facts[f"allowed {table}.{column}"] = ", ".join(sorted(words))
        if says.startswith("Unique "):
            facts[f"unique {table}({column})"] = "plain"
        if re.search("auto-trigger", says, re.IGNORECASE):
            facts[f"auto-trigger {table}.{column}"] = "yes"


def _sentences(facts: Facts, table: str, section: str) -> None:
    if key := re.search(r"^Primary key: \((.+)\)", section, re.MULTILINE):
        facts[f"primary key {table}"] = key[1]
    if unique := re.search(r"^Unique constraint: (\w+) \((.+?)\)( with NULLS NOT DISTINCT)?", section, re.MULTILINE):
        facts[f"unique {table}({unique[2]})"] = "nulls not distinct" if unique[3] else "plain"
        facts[f"constraint {table}.{unique[1]}"] = "yes"
    if check := re.search(r"^Constraint: (\w+): (.+)$", section, re.MULTILINE):
        facts[f"check {table}.{check[1]}"] = check[2].lower()
    if indexes := re.search(r"^Indexes: (.+)$", section, re.MULTILINE):
        for item in indexes[1].rstrip(".").split(", "):
            if text := re.match(r"full-text search on (\w+) \+ (\w+)", item):
                facts[f"index {table}(full text: {text[1]}, {text[2]})"] = "yes"
            elif item.endswith("_idx"):
                facts[f"index {table}({item.removeprefix(table + '_').removesuffix('_idx')})"] = "yes"
                facts[f"index name {item}"] = "yes"
            elif f"unique {table}({item})" not in facts:  # a unique index serves both
                facts[f"index {table}({item.lower()})"] = "yes"
    if re.search(r"^Realtime: Enabled", section, re.MULTILINE):
        facts[f"realtime {table}"] = "yes"
    if function := re.search(r"^Upsert function: (\w+\(.+?\))", section, re.MULTILINE):
        facts[f"function {function[1]}"] = "yes"
    if seeded := re.search(r"^Seeded backends: (.+)\.$", section, re.MULTILINE):
        for slug in seeded[1].split(", "):
            facts[f"backend {slug}"] = "yes"
    for command in _policies(section):
        facts[f"policy {table} {command}"] = "yes"


def _policies(section: str) -> list[str]:
    listed = re.findall(r"^- (SELECT|INSERT|UPDATE|DELETE): ", section, re.MULTILINE)
    if rule := re.search(r"^RLS: (.+?)\. ", section + " ", re.MULTILINE):
        listed += [command for command in _COMMANDS if command in rule[1]]
    return listed


def _relations(facts: Facts, text: str) -> None:
    parent = ""
    for line in text.splitlines():
        if re.fullmatch(r"[a-z_.]+", line.strip()) and not line.startswith("|"):
            parent = line.strip()
        elif child := re.match(r"\|-- (\w+) \(([^)]+)\)", line):
            for column in child[2].split(", "):
                if column != "self-referential":
                    facts[f"relationship {parent} <- {child[1]}.{column}"] = "yes"
