"""Counts as a bar chart, drawn as SVG, and as a table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from quapsule.seal.faces.markup import Html, element, short

__all__ = ["Bar", "bars_of", "draw_histogram", "write_table"]

MOST_BARS = 64
_WIDTH, _LEFT, _TOP, _PLOT = 720, 52, 22, 210
_MOST_LABEL = 22
_UPRIGHT = 7.2  # width of a character of a label, in the units of the drawing


@dataclass(frozen=True)
class Bar:
    """`key` is None for the rest: all outcomes that have no bar of their own, `outcomes` many. `error`: one standard error of a binomial
    share."""

    key: str | None
    count: int
    share: float
    error: float
    outcomes: int = 1

    @property
    def label(self) -> str:
        return self.key if self.key is not None else f"{self.outcomes:,} others"


def bars_of(counts: Mapping[str, int], most: int = MOST_BARS) -> list[Bar]:
    """The most frequent outcomes in the order of their keys, and the rest as one."""
    shots = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept, rest = sorted(ranked[:most]), ranked[most:]
    found = [Bar(key, count, *_share(count, shots)) for key, count in kept]
    if rest:
        count = sum(count for _, count in rest)
        found.append(Bar(None, count, *_share(count, shots), len(rest)))
    return found


def draw_histogram(bars: Sequence[Bar], shots: int, title: str, name: str) -> Html:
    """name: unique in the page, made of letters, digits and hyphens. Bars are of one colour and told apart by their labels alone."""
    labels = [short(bar.label, _MOST_LABEL) for bar in bars]
    pitch = (_WIDTH - _LEFT - 8) / max(len(bars), 1)
    longest = max(map(len, labels), default=0)
    turned = longest * _UPRIGHT + 6 > pitch
    size = min(11.0, max(7.0, pitch * 0.9)) if turned else 11.0
    below = longest * size * 0.62 + 14 if turned else 22
    # The rest may be larger than all that is named; it is then cut off, and says how high it is.
    top, step = _scale(max((bar.share + bar.error for bar in bars if bar.key is not None), default=1.0))
    height = _TOP + _PLOT + below + 18
    drawn = [element("title", title, id=f"{name}-title"), element("desc", _described(bars, shots), id=f"{name}-desc")]
    drawn += _grid(top, step)
    for number, (bar, label) in enumerate(zip(bars, labels, strict=True)):
        middle = _LEFT + pitch * (number + 0.5)
        drawn += _draw_bar(bar, middle, min(pitch * 0.72, 64), top, shown=len(bars) <= 16)
        at = {"x": f"{middle:.1f}", "y": f"{_TOP + _PLOT + 15:.1f}", "text_anchor": "middle"}
        if turned:
            y = f"{_TOP + _PLOT + 6:.1f}"
            at = {"x": f"{middle + size * 0.34:.1f}", "y": y, "text_anchor": "end"}
            at["transform"] = f"rotate(-90 {middle + size * 0.34:.1f} {y})"
        drawn.append(element("text", label, class_="key", font_size=f"{size:.1f}", **at))
    drawn.append(element("text", "outcome", class_="axis", x=(_LEFT + _WIDTH) // 2, y=f"{height - 4:.1f}", text_anchor="middle"))
    drawn.append(element("text", "share of shots", class_="axis", x=_LEFT - 40, y=12))
    box = f"0 0 {_WIDTH} {height:.0f}"
    return element("svg", *drawn, class_="histogram", viewBox=box, role="img", aria_labelledby=f"{name}-title {name}-desc")


def write_table(bars: Sequence[Bar], caption: str) -> Html:
    """Side by side where there are many, so that a page holds them."""
    longest = max((len(bar.label) for bar in bars), default=0)
    columns = 1 if len(bars) <= 8 or longest > 24 else 2 if len(bars) <= 24 or longest > 8 else 3
    rows = ceil(len(bars) / columns)
    head = element("tr", *(element("th", name, scope="col") for name in ("Outcome", "Counts", "Share")))
    tables = [
        element(
            "table",
            element("caption", f"{caption}{f', part {part + 1} of {columns}' if columns > 1 else ''}"),
            element("thead", head),
            element("tbody", *map(_row, bars[part * rows : (part + 1) * rows])),
            class_="counts",
        )
        for part in range(columns)
        if bars[part * rows : (part + 1) * rows]
    ]
    return element("div", *tables, class_=f"beside beside-{columns}")


def _row(bar: Bar) -> Html:
    share = f"{100 * bar.share:.2f} % ± {100 * bar.error:.2f}"
    key = (
        element("th", element("code", bar.label), scope="row", class_="word" if len(bar.label) <= 24 else None)
        if bar.key is not None
        else element("th", bar.label, scope="row")
    )
    return element("tr", key, element("td", f"{bar.count:,}"), element("td", share))


def _draw_bar(bar: Bar, middle: float, width: float, top: float, shown: bool) -> list[Html]:
    high, low = _y(min(bar.share, top), top), _TOP + _PLOT
    kind = "bar" if bar.key is not None else "bar rest"
    above = bar.share > top
    rect = {"x": f"{middle - width / 2:.1f}", "y": f"{high:.1f}", "width": f"{width:.1f}", "height": f"{low - high:.1f}"}
    drawn = [element("rect", class_=kind, **rect)]
    if bar.error > 0 and not above:
        cap = min(width * 0.3, 6)
        upper, lower = _y(min(bar.share + bar.error, top), top), _y(max(bar.share - bar.error, 0.0), top)
        path = f"M{middle:.1f} {upper:.1f}V{lower:.1f}"
        path += "".join(f"M{middle - cap:.1f} {y:.1f}H{middle + cap:.1f}" for y in (upper, lower))
        drawn.append(element("path", class_="error", d=path))
    if shown or above:
        y = _y(min(bar.share + bar.error, top), top) - 5
        at = {"x": f"{middle:.1f}", "text_anchor": "middle"} if shown else {"x": f"{middle + width / 2:.1f}", "text_anchor": "end"}
        drawn.append(element("text", f"↑ {100 * bar.share:.1f} %" if above else f"{bar.count:,}", class_="count", y=f"{y:.1f}", **at))
    return drawn


def _grid(top: float, step: float) -> list[Html]:
    drawn: list[Html] = []
    for number in range(round(top / step) + 1):
        y, share = _y(number * step, top), 100 * number * step
        drawn.append(element("line", class_="base" if not number else "grid", x1=_LEFT, x2=_WIDTH - 4, y1=f"{y:.1f}", y2=f"{y:.1f}"))
        drawn.append(element("text", f"{share:g} %", class_="tick", x=_LEFT - 7, y=f"{y + 3.5:.1f}", text_anchor="end"))
    return drawn


def _y(share: float, top: float) -> float:
    return _TOP + _PLOT * (1 - share / top)


def _scale(largest: float) -> tuple[float, float]:
    """The top of the axis and the step of its grid: at most six round numbers."""
    for step in (1e-6, 1e-5, 1e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        if largest <= 6 * step:
            return min(step * ceil(round(largest / step, 6)), 1.0) or step, step
    return 1.0, 0.2


def _share(count: int, shots: int) -> tuple[float, float]:
    share = count / shots if shots else 0.0
    return share, sqrt(share * (1 - share) / shots) if shots else 0.0


def _described(bars: Sequence[Bar], shots: int) -> str:
    highest = sorted(bars, key=lambda bar: -bar.count)[:4]
    told = "; ".join(f"{short(bar.label, _MOST_LABEL)}: {bar.count:,} ({100 * bar.share:.1f} %)" for bar in highest)
    return (
        f"Bar chart of {shots:,} shots over {sum(bar.outcomes for bar in bars):,} outcomes. Most frequent: {told}. The table below has all."
    )
