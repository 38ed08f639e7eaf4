"""Counts as bars in a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quapsule.client.escaping import shown

Order = Literal["count", "key"]
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LEAST_BAR = 8


@dataclass(frozen=True)
class Bar:
    """One row: `share` is the part of all shots, 0–1; `folded` says how many outcomes it stands for."""

    label: str
    count: int
    share: float
    folded: int = 1


def bars(counts: Mapping[str, int], *, most: int = 16, order: Order = "count") -> list[Bar]:
    """The widest `most` outcomes, the rest folded into one row 'others'; ties and order 'key' go by the bit string."""
    total = sum(counts.values())
    if total <= 0:
        return []
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    # Folding a single outcome would cost the row that it saves.
    keep = ranked if len(ranked) <= most + 1 else ranked[:most]
    rest = ranked[len(keep) :]
    if order == "key":
        keep = sorted(keep)
    rows = [Bar(key, count, count / total) for key, count in keep]
    if rest:
        left = sum(count for _, count in rest)
        rows.append(Bar(f"others ({len(rest):,})", left, left / total, folded=len(rest)))
    return rows


def lines(rows: Sequence[Bar], *, width: int = 80, plain: bool = False) -> list[tuple[str, str, str]]:
    """(label, bar, figures) per row, aligned; joined by two spaces they fit `width` columns. `plain`: ASCII only."""
    if not rows:
        return []
    counts = [f"{row.count:,}" for row in rows]
    widest_count = max(map(len, counts))
    figures = [f"{row.share * 100:5.1f} %  {count:>{widest_count}}" for row, count in zip(rows, counts, strict=True)]
    room = max(width - len(figures[0]) - 4, _LEAST_BAR + 4)
    labels = [_fit(shown(row.label) or "(none)", room - _LEAST_BAR, plain) for row in rows]
    widest_label = max(map(len, labels))
    bar_width = max(room - widest_label, _LEAST_BAR)
    # What is folded has no bar: it would dwarf the outcomes that it is there to make room for.
    top = max((row.share for row in rows if row.folded == 1), default=0) or 1
    return [
        (label.ljust(widest_label), _bar(0 if row.folded > 1 else row.share / top, bar_width, plain).ljust(bar_width), figure)
        for label, row, figure in zip(labels, rows, figures, strict=True)
    ]


def _bar(part: float, width: int, plain: bool) -> str:
    if plain:
        return "#" * max(round(part * width), 1 if part > 0 else 0)
    eighths = max(round(part * width * 8), 1 if part > 0 else 0)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _fit(label: str, most: int, plain: bool) -> str:
    """Long registers keep both ends: the middle of a 100-bit string says least."""
    most = max(most, 4)
    if len(label) <= most:
        return label
    gap = ".." if plain else "…"
    kept = most - len(gap)
    return label[: kept - kept // 2] + gap + (label[-(kept // 2) :] if kept // 2 else "")
