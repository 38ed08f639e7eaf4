"""What happened, in the order that nothing can enter later."""

import re
from dataclasses import dataclass
from uuid import UUID

ENDS = frozenset({"job.completed", "job.failed", "job.cancelled"})
TOPICS = frozenset({"jobs", "capsules", "scripts", "backends"})
GONE = frozenset({"capsule.deleted"})  # there is no row to show any more

_ID = re.compile(r"(\d{1,19})-(\d{1,18})")


@dataclass(frozen=True, order=True)
class Position:
    """A place in the stream: transaction and number. Everything at or before it has been told."""

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"

    @classmethod
    def read(cls, text: str) -> "Position | None":
        """From a Last-Event-ID; None when it is none of ours."""
        found = _ID.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True)
class Event:
    """`team_id` None: it concerns everybody. `row_id` is selected anew as each who is told."""

    position: Position
    topic: str
    name: str
    team_id: UUID | None
    row_id: UUID
