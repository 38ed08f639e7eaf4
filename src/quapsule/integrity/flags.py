"""What makes a result doubtful, in words: a flagged result is shown with these wherever it is shown."""

from collections.abc import Iterable, Mapping
from typing import TypedDict


class Explained(TypedDict):
    """A flag and what it means."""

    flag: str
    message: str


_MEANINGS: Mapping[str, str] = {
    "executed_empty": "The program that the backend says it ran holds no gates, though the one that was asked for does.",
    "executed_entangling_gates_missing": "The program that the backend says it ran has fewer entangling gates than the asked one needs.",
    "executed_measurement_differs": "The backend says that it measured other bits than were asked for.",
    "executed_barrier_lost": "A barrier that the program had was lost: gates on its two sides may have been cancelled or merged.",
    "executed_not_equivalent": "The program that the backend says it ran does not mean what the asked one means.",
    "executed_shots_differ": "The backend ran another number of shots than was asked for.",
    "folding_compiled_away": "The device compiled the folded gates away: nothing could be extrapolated; the raw counts are unchanged.",
    "mitigation_failed": "The errors could not be mitigated; the raw counts are unchanged.",
}


def explain(flags: Iterable[str]) -> list[Explained]:
    return [{"flag": flag, "message": meaning_of(flag)} for flag in flags]


def meaning_of(flag: str) -> str:
    """In words; of a flag that this release does not know, that there is one."""
    return _MEANINGS.get(flag, f"A check of what ran raised the flag {flag!r}; the certificates of the job say more.")
