"""The plots of the report, as SVG that takes the page's colour of text."""

import hashlib
import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

from wsgi_gateways.bench.histogram import Histogram, merge
from wsgi_gateways.bench.latency import FEWEST_BEYOND
from wsgi_gateways.bench.ranking import Ranking, Row
from wsgi_gateways.bench.result import Series

# Replaced in the SVG, so that text and axes are dark on light and light on dark.
_TEXT = "#010203"
# Apart for colour-blind readers too; beyond eight the line style changes. https://jfly.uni-koeln.de/color/
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#999999")
_STYLES = ("-", "--", ":", "-.")
_FORMS = ("o", "s", "^", "D")
_CLIP = re.compile(r'<clipPath id="(\w+)"')
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wsgi-gateways",
    "font.size": 10,
    "font.family": "sans-serif",
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _TEXT),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.25,
}


def ranking(result: dict[str, Any], ranked: Ranking) -> str:
    """CPU per request of each gateway with its interval, best on top.

    A process for each request costs a thousand times as much, so those have a panel and an axis of their own.
    """
    runs_once = {row.gateway: result["gateways"][row.gateway]["run_once"] for row in ranked.rows}
    panels = [
        rows
        for kind in (False, True)
        if (rows := [row for row in ranked.rows[::-1] if runs_once[row.gateway] is kind])
    ]
    figure, all_axes = _panels([len(rows) * 0.32 + 0.5 for rows in panels])
    for axes, rows in zip(all_axes, panels, strict=True):
        _intervals(axes, rows)
    all_axes[-1].set_xlabel("CPU microseconds per request, median and 95 % interval")
    return _svg(figure)


def _intervals(axes: Axes, rows: Sequence[Row]) -> None:
    """A point with its interval for each, on an axis that begins where the figures do."""
    values = [row.cpu.value for row in rows]
    below = [row.cpu.value - row.cpu.low for row in rows]
    above = [row.cpu.high - row.cpu.value for row in rows]
    axes.errorbar(values, range(len(rows)), xerr=[below, above], fmt="o", color=_COLOURS[0], capsize=3)
    axes.set_yticks(range(len(rows)), [row.gateway for row in rows])
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.xaxis.set_major_formatter(_plain)
    _shade_groups(axes, [row.group for row in rows])


def _shade_groups(axes: Axes, groups: Sequence[int]) -> None:
    """The number of each group of ties at the right, and every second one on a ground of its own."""
    for group in sorted(set(groups)):
        rows = [row for row, found in enumerate(groups) if found == group]
        if group % 2:
            axes.axhspan(rows[0] - 0.5, rows[-1] + 0.5, color=_COLOURS[-1], alpha=0.2, linewidth=0)
        middle = (rows[0] + rows[-1]) / 2
        axes.text(1.01, middle, f"group {group}", transform=axes.get_yaxis_transform(), va="center")


def throughput(result: dict[str, Any], scenario: str) -> str:
    """Requests per second against connections."""
    figure, axes = _figure(4.2)
    levels: set[int] = set()
    for name, style in _styles(result).items():
        series = Series(result["cells"], name, scenario)
        rates = series.rates_by_connections()
        if rates and not series.failure():
            levels |= rates.keys()
            axes.plot(list(rates), list(rates.values()), marker="o", markersize=3, label=name, **style)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(levels), [str(level) for level in sorted(levels)])
    axes.minorticks_off()
    axes.set_yscale("log")
    axes.set_xlabel("connections")
    axes.set_ylabel("requests per second")
    return _svg(figure, legend=axes)


def latency(result: dict[str, Any], scenario: str, share: float) -> str:
    """The whole distribution of latency at a share of each gateway's own capacity."""
    figure, axes = _figure(4.2)
    for name, style in _styles(result).items():
        found = Series(result["cells"], name, scenario).whole("latency", share=share)
        if found:
            curve = steps(merge(each["histogram"] for each in found))
            axes.plot(*curve, drawstyle="steps-post", label=name, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 2, 10, 100, 1000], ["0", "50", "90", "99", "99.9"])
    axes.minorticks_off()
    axes.set_xlabel(f"percentile, at {share:.0%} of the capacity")
    axes.set_ylabel("milliseconds")
    return _svg(figure, legend=axes)


def cpu_and_memory(result: dict[str, Any], ranked: Ranking) -> str:
    """A point for each gateway: CPU per request, and the most memory."""
    figure, axes = _figure(4.2)
    styles = _styles(result)
    for row in ranked.rows:
        memory = Series(result["cells"], row.gateway, ranked.scenario).most_memory() / 1024**2
        # The points of the second round through the colours differ by their form.
        style = styles[row.gateway]
        form = _FORMS[_STYLES.index(style["linestyle"])]
        axes.plot(row.cpu.value, memory, form, color=style["color"], label=row.gateway)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("CPU microseconds per request")
    axes.set_ylabel("most memory, MiB")
    return _svg(figure, legend=axes)


def steps(histogram: Histogram) -> tuple[list[float], list[float]]:
    """x: 1 / (1 - share), which spreads the tail; y: milliseconds, each from the share before it to its own.

    It ends where fewer than ten requests are beyond, as the percentiles of the tables do.
    """
    total = sum(count for _, count in histogram)
    end = total / FEWEST_BEYOND
    seen, x, y = 0, [], []
    for microseconds, count in histogram:
        if total / (total - seen) >= end:
            break
        x.append(total / (total - seen))
        y.append(microseconds / 1000)
        seen += count
    if x:
        x.append(end)
        y.append(y[-1])
    return x, y


def _styles(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    count = len(_COLOURS)
    return {
        name: {"color": _COLOURS[index % count], "linestyle": _STYLES[index // count % len(_STYLES)]}
        for index, name in enumerate(result["gateways"])
    }


def _plain(value: float, _position: float) -> str:
    """A tick of a logarithmic axis, as a reader writes it."""
    return f"{value:,.10g}"


def _figure(height: float) -> tuple[Figure, Axes]:
    figure, [axes] = _panels([height])
    return figure, axes


def _panels(heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """One below the other."""
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(8.5, sum(heights) + 0.4), layout="constrained")
        column = figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0]
        for axes in column:
            axes.grid(visible=True)
            axes.set_axisbelow(True)
    return figure, list(column)


def _svg(figure: Figure, legend: Axes | None = None) -> str:
    with mpl.rc_context(_SETTINGS):
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if axis.get_scale() == "log" and not isinstance(axis.get_major_locator(), FixedLocator):
                    axis.set_major_formatter(_plain)
                    axis.set_minor_formatter(NullFormatter())
                    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        if legend and legend.get_legend_handles_labels()[1]:
            figure.legend(loc="outside right upper", frameon=False, fontsize=8)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return _with_stable_clips(svg[svg.index("<svg") :].replace(_TEXT, "currentColor"))


def _with_stable_clips(svg: str) -> str:
    """Name each clip path by the text of the plot.

    matplotlib names it by the bits of a float, whose last ones differ between processors.
    """
    names = dict.fromkeys(_CLIP.findall(svg))
    for number, name in enumerate(names):
        svg = svg.replace(name, f"clip-{number}")
    digest = hashlib.sha256(svg.encode()).hexdigest()[:10]
    return svg.replace('"clip-', f'"p{digest}-').replace("#clip-", f"#p{digest}-")
