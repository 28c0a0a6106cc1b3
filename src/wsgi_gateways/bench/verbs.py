"""The verbs of the benchmark on the command line: bench, report, results, compare, size, load."""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wsgi_gateways import selection
from wsgi_gateways.catalogue import read_catalogue
from wsgi_gateways.compose import Stack, find_root
from wsgi_gateways.output import Interruption, Problem, complain, say

RESULTS = Path("results")
_REFERENCE = "reference.json"
Add = Callable[[str, Callable[[argparse.Namespace], int], str, str], argparse.ArgumentParser]


def add_to(add: Add) -> None:
    """Add the verbs to the parser; what they need is imported when they run."""
    bench = add(
        "bench", run_bench, "measure gateways under load", "bench nginx-fastcgi lighttpd-scgi --profile quick"
    )
    bench.add_argument("gateways", nargs="*", metavar="GATEWAY", help="which ones (all, if none is given)")
    bench.add_argument("--profile", help="smoke, quick, standard, full, native or servers (standard)")
    bench.add_argument("--scenario", default="", help="names with commas between (the profile's)")
    bench.add_argument(
        "--reference", help="the gateway that shows the machine drift (the first that is no CGI)"
    )
    bench.add_argument("--seed", type=int, help="of the order of the rounds (drawn, and recorded)")
    bench.add_argument("--output", type=Path, help="the result (results/DATE.json)")
    bench.add_argument("--servers", action="store_true", help="the rows of bench/servers, not the gateways")
    bench.add_argument("--no-build", action="store_true", help="take the images as they are")
    report = add("report", run_report, "make one HTML file of a result", "report results/a.json")
    report.add_argument("result", nargs="?", type=Path, help="the newest in results/, if none is given")
    report.add_argument("--output", type=Path, help="the page (results/report.html)")
    add("results", run_results, "make docs/results.md of results/reference.json", "results")
    compare = add("compare", run_compare, "did a change help?", "compare results/a.json results/b.json")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    load = add("load", run_load, "users on the board of a gateway, by Locust", "load nginx-fastcgi")
    load.add_argument("gateway", metavar="GATEWAY", help="which one; it has to run (`make up`)")
    load.add_argument("--workers", type=int, default=1, help="processes of Locust (1)")
    load.add_argument("--users", type=int, default=20, help="how many (20)")
    load.add_argument("--seconds", type=int, help="so long and without the web page; status 1 if any failed")
    size = add("size", run_size, "cores and memory for a wanted load", "size --rps 20000 --scenario board")
    size.add_argument("--rps", type=float, required=True, help="requests per second")
    size.add_argument("--scenario", default="hello")
    size.add_argument("--result", type=Path, help="the newest in results/, if none is given")


def run_bench(arguments: argparse.Namespace) -> int:
    """Measure; 1 if anything failed."""
    from wsgi_gateways.bench import options, profiles, result, run, servers, show, wanted

    root = find_root()
    rows = servers.Rows(root) if arguments.servers else None
    catalogue = rows.catalogue() if rows else read_catalogue(root)
    gateways = selection.choose(catalogue, arguments.gateways)
    profile = options.find_profile(arguments.profile or (servers.PROFILE if rows else "standard"))
    reference = arguments.reference or next(
        (n for n in gateways if not catalogue[n].wsgi.run_once), gateways[0]
    )
    if reference not in gateways:
        raise Problem(f"the reference {reference} is not one of the gateways that are measured", 2)
    chosen = options.Options(
        gateways=gateways,
        profile=profile,
        scenarios=options.find_scenarios(arguments.scenario, profile),
        reference=reference,
        seed=random.randrange(2**31) if arguments.seed is None else arguments.seed,  # noqa: S311
        output=arguments.output or root / RESULTS / time.strftime("%Y-%m-%dT%H%M%S.json"),
        build=not (arguments.no_build or rows),
        own_knobs=profile.native or rows is not None,
        most_connections=rows.most_connections() if rows else {},
        command=["wsgi-gateways", *sys.argv[1:]],
    )
    say(profiles.announcement(profile, len(gateways), len(chosen.scenarios)))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if rows and not arguments.no_build:
        rows.build()
    measured = run.run(rows or Stack(root), catalogue, chosen)
    show.show(measured)
    if rows:
        wanted.show(measured, wanted.read(root / servers.FOLDER / "wanted.toml"))
    failed = result.failures(measured)
    if failed:
        complain(f"bench: failed, as told above: {', '.join(failed)}")
    return 1 if failed else 0


def _interrupt(number: int, _frame: object) -> None:
    """End the run, once: what was measured is written, and the containers are removed."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise Interruption(number)


def run_report(arguments: argparse.Namespace) -> int:
    """Make the page."""
    from wsgi_gateways.bench import report, result

    chosen = arguments.result or _newest()
    output = arguments.output or chosen.parent / "report.html"
    output.write_text(report.page(result.read(chosen)))
    say(f"written: {output}")
    return 0


def run_results(_: argparse.Namespace) -> int:
    """Write what is published."""
    from wsgi_gateways.bench import publish

    for path in publish.publish(find_root()):
        say(f"written: {path}")
    return 0


def run_compare(arguments: argparse.Namespace) -> int:
    """Print the ratios."""
    from wsgi_gateways.bench import compare, result

    compare.show(result.read(arguments.before), result.read(arguments.after))
    return 0


def run_size(arguments: argparse.Namespace) -> int:
    """Print cores and memory."""
    from wsgi_gateways.bench import result, size

    if arguments.rps <= 0:
        raise Problem("--rps wants a number above 0", 2)
    size.show(result.read(arguments.result or _newest()), arguments.scenario, arguments.rps)
    return 0


def run_load(arguments: argparse.Namespace) -> int:
    """Become Locust."""
    from wsgi_gateways.bench import journey

    if min(arguments.workers, arguments.users, arguments.seconds or 1) < 1:
        raise Problem("--workers, --users and --seconds want a number above 0", 2)
    stack = Stack(find_root())
    name = selection.choose_one(read_catalogue(stack.root), [arguments.gateway])
    if not stack.is_healthy(name):
        raise Problem(f"{name} does not answer; to start it:\n    make up GATEWAYS={name}", 2)
    address, seconds = stack.address(name), arguments.seconds
    command = journey.command(stack.root, address, arguments.users, arguments.workers, seconds)
    os.execv(command[0], command)


def _newest() -> Path:
    """That of the last run, whatever the age of its file; the reference only if there is no other."""
    found = list((find_root() / RESULTS).glob("*.json"))
    if not found:
        raise Problem("there is no result in results/ yet: `make bench` makes one", 2)
    return max(found, key=lambda path: (path.name != _REFERENCE, _began(path)))


def _began(path: Path) -> str:
    """Nothing, if that is no result: whoever reads it says so."""
    try:
        return str(json.loads(path.read_text())["began"])
    except (ValueError, KeyError, TypeError):
        return ""
