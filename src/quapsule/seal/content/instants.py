"""Instants as capsules write them: RFC 3339 in UTC with a Z, whatever time zone the session that read them had."""

from datetime import UTC, datetime


def as_utc(instant: str) -> str:
    """Raises ValueError for what is no ISO 8601 instant; one without a zone is taken for UTC."""
    return read_instant(instant).isoformat().replace("+00:00", "Z")


def read_instant(instant: str) -> datetime:
    """As as_utc, before it is written."""
    read = datetime.fromisoformat(instant)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
