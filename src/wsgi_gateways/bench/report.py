"""One HTML file of a result: it works offline, in light and dark, and in print."""

from html import escape
from pathlib import Path
from typing import Any

from wsgi_gateways.bench import plots, ranking, tables
from wsgi_gateways.bench.remarks import machine, remarks, remarks_on

_FOLDER = Path(__file__).parent


def page(result: dict[str, Any]) -> str:
    """The whole file: styles, script and plots stand in it, and nothing is fetched."""
    style, script = ((_FOLDER / name).read_text() for name in ("report.css", "report.js"))
    ranked = ranking.rank_all(result)
    scenarios = "".join(_scenario(result, each) for each in ranked.values())
    gateways = "".join(_gateway(result, ranked, name) for name in result["gateways"])
    links = [*result["scenarios"], "gateways", "method"]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>WSGI gateways, measured {escape(result["began"])}</title>
<style>{style}</style>
</head>
<body>
<h1>WSGI gateways, measured</h1>
<p>{escape(machine(result))}.</p>
{_partial(result)}
{"".join(f"<p>{escape(line[0].upper() + line[1:])}.</p>" for line in remarks(result))}
<nav>{"".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in links)}</nav>
{scenarios}
<section id="gateways"><h2>Gateways</h2>{tables.gateways(result)}{gateways}</section>
{_method(result)}
<script>{script}</script>
</body>
</html>
"""


def _partial(result: dict[str, Any]) -> str:
    if not result["partial"]:
        return ""
    return (
        f'<p class="failed"><strong>Partial:</strong> the run ended early: {escape(result["partial"])}.</p>'
    )


def _scenario(result: dict[str, Any], ranked: ranking.Ranking) -> str:
    scenario, summary = ranked.scenario, escape(result["scenarios"][ranked.scenario])
    told = [f'<section id="{escape(scenario)}"><h2>{escape(scenario)}: {summary}</h2>']
    told.append(tables.ranking(result, ranked))
    told += [f"<p>{escape(line)}.</p>" for line in remarks_on(result, scenario)]
    if ranked.rows:
        told.append(_figure(plots.ranking(result, ranked), "CPU per request"))
        told.append(_figure(plots.cpu_and_memory(result, ranked), "CPU against memory"))
    if result["profile"]["levels"]:
        told.append(_figure(plots.throughput(result, scenario), "Throughput against connections"))
        told += [f'<p class="failed">{escape(line)}.</p>' for line in ranking.failed_levels(result, scenario)]
    if result["profile"]["shares"]:
        told.append(tables.latency(result, scenario))
    for share in result["profile"]["shares"]:
        told.append(
            _figure(plots.latency(result, scenario, share), f"Latency at {share:.0%} of the capacity")
        )
    return "\n".join([*told, "</section>"])


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _gateway(result: dict[str, Any], ranked: dict[str, ranking.Ranking], name: str) -> str:
    told = result["gateways"][name]
    return (
        f'<section class="gateway" id="gateway-{escape(name)}"><details><summary>{escape(told["title"])}'
        f" ({escape(name)})</summary>{tables.definitions(tables.gateway(told))}"
        f"{tables.of_gateway(result, ranked, name)}</details></section>"
    )


def _method(result: dict[str, Any]) -> str:
    profile = result["profile"]
    return f"""<section id="method"><h2>Method</h2>
<p>Load comes from a container in the network namespace of the gateway, to 127.0.0.1; all other gateways are
paused. {profile["rounds"]} rounds of {profile["seconds"]} seconds, in each the gateways in another order
(seed {result["seed"]}). Before and after each measurement, and in every response during it, the status and
each byte of the body are checked: one error and the gateway is not ranked. CPU is what the kernel accounted
to the gateway’s container, the load generator’s left out. A rank is a group of gateways that the figures do
not tell apart: the 99 % bootstrap interval of the ratio of their medians holds 1. Latency at a fixed rate
counts from the moment at which a request was to be sent.</p>
<p>Command: <code>{escape(" ".join(result["command"]))}</code></p></section>"""
