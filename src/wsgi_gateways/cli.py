"""The command wsgi-gateways: what the Makefile calls."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from wsgi_gateways import (
    __version__,
    artifacts,
    engine,
    lifecycle,
    overview,
    provisioning,
    selection,
    timings,
    tree,
)
from wsgi_gateways.bench import verbs
from wsgi_gateways.catalogue import CatalogueError, Gateway, read_catalogue
from wsgi_gateways.compose import PORTAL, Stack, find_root
from wsgi_gateways.output import Interruption, Problem, complain, say, show_table


def main() -> None:
    """Run one command; its exit status: 0 done, 1 it failed, 2 it was asked for something impossible."""
    arguments = make_parser().parse_args()
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        sys.exit(command(arguments))
    except (Problem, CatalogueError, Interruption) as problem:
        complain(f"wsgi-gateways: {problem}")
        sys.exit(getattr(problem, "status", 1))
    except KeyboardInterrupt:
        complain("wsgi-gateways: interrupted; what was started goes on (`make ps` shows it)")
        sys.exit(130)


def make_parser() -> argparse.ArgumentParser:
    """The parser; each command is the function that runs it."""
    parser = argparse.ArgumentParser(prog="wsgi-gateways", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example: wsgi-gateways {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(command=run)
        return command

    up = add("up", run_up, "build and start gateways and the portal", "up nginx-fastcgi lighttpd-scgi")
    which = "names, families (nginx, apache, …, alone) or all"
    up.add_argument("gateways", nargs="*", metavar="GATEWAY", help=f"{which} (a few of each kind)")
    up.add_argument("--fresh", action="store_true", help="build from nothing, with today's security updates")
    down = add("down", run_down, "stop and remove the containers", "down --data")
    down.add_argument("--data", action="store_true", help="remove the board's messages and users as well")
    ps = add("ps", run_ps, "show every gateway, its address and state", "ps --json")
    ps.add_argument("--json", action="store_true", help="for programs: a list of objects")
    logs = add("logs", run_logs, "follow what a gateway writes", "logs nginx-fastcgi")
    logs.add_argument("gateway", metavar="GATEWAY", help="which one, or portal")
    files = add("files", run_files, "show or copy the files of a gateway", "files nginx-fastcgi --to copy")
    files.add_argument("gateway", metavar="GATEWAY", help="which one")
    files.add_argument("--to", type=Path, metavar="FOLDER", help="copy them there: a server's /, by hand")
    files.add_argument("--json", action="store_true", help="for programs: path and source of each")
    engine_parser = add(
        "engine", run_engine, "make sure that Docker Engine, Compose and buildx answer", "engine"
    )
    engine_parser.add_argument("--stop", action="store_true", help="end the engine that this command started")
    timed = add(
        "timings", run_timings, "time a cold and a warm start, and the images' sizes", "timings --yes"
    )
    timed.add_argument(
        "--yes",
        action="store_true",
        help="remove images and the engine's whole build cache first",
    )
    timed.add_argument("--json", action="store_true", help="for programs: one object")
    add("overview", run_overview, "make docs/gateways.md of the folders under images/", "overview")
    verbs.add_to(add)
    _add_servers(add)
    return parser


def _add_servers(add: Callable[..., argparse.ArgumentParser]) -> None:
    def on_a_host(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument(
            "host", metavar="HOST", help="user@address or user@address:port; over SSH, with sudo"
        )
        return parser

    def with_application(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--app", type=Path, metavar="FOLDER", help="the application (else the sample)")
        return parser

    def with_https(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--domain", metavar="NAME", help="HTTPS for it; alone: certificate by ACME")
        parser.add_argument("--certificate", type=Path, metavar="PEM", help="that one, with its chain")
        parser.add_argument("--key", type=Path, metavar="PEM", help="its private key")

    host = "deploy@203.0.113.7"
    made = add(
        "artifacts", run_artifacts, "make what ansible-playbook takes to servers", "artifacts nginx-scgi"
    )
    made.add_argument("gateways", nargs="*", metavar="GATEWAY", help="names, families or all (all)")
    with_application(made)
    provision = add(
        "provision", run_provision, "put a gateway on a server", f"provision {host} nginx-fastcgi"
    )
    on_a_host(provision).add_argument("gateway", metavar="GATEWAY", help="which one")
    with_application(provision)
    provision.add_argument("--check", action="store_true", help="show what would change, and change nothing")
    with_https(provision)
    verify = add("verify", run_verify, "check a server, changing nothing", f"verify {host} nginx-fastcgi")
    on_a_host(verify).add_argument("gateway", metavar="GATEWAY", help="which one it has")
    with_https(verify)
    release = "put a new version of the application on a server"
    with_application(on_a_host(add("release", run_release, release, f"release {host} --app app")))
    on_a_host(add("rollback", run_rollback, "go back to the version before", f"rollback {host}"))


def run_up(arguments: argparse.Namespace) -> int:
    """Start gateways; print the table and the portal's address."""
    stack, catalogue = _open()
    names = selection.choose_default(catalogue, arguments.gateways)
    healthy = lifecycle.up(stack, names, fresh=arguments.fresh)
    _show(lifecycle.statuses(stack, {name: catalogue[name] for name in names}))
    if stack.is_healthy(PORTAL):
        say(f"\nside by side: {stack.address(PORTAL)}")
    if not arguments.gateways:
        families = ", ".join(selection.families(catalogue))
        say(f"all {len(catalogue)}: make up GATEWAYS=all; or those of {families}: make up GATEWAYS=nginx")
    return 0 if healthy else 1


def run_down(arguments: argparse.Namespace) -> int:
    """Stop all containers."""
    lifecycle.down(Stack(find_root()), data=arguments.data)
    return 0


def run_ps(arguments: argparse.Namespace) -> int:
    """Print the table of all gateways."""
    stack, catalogue = _open()
    found = lifecycle.statuses(stack, catalogue)
    if arguments.json:
        rows = [{**asdict(row.gateway), "address": row.address, "state": row.state} for row in found]
        say(json.dumps(rows, indent=2))
    else:
        _show(found)
    return 0


def run_logs(arguments: argparse.Namespace) -> int:
    """Become `docker logs`, following in a terminal."""
    stack, catalogue = _open()
    if arguments.gateway != PORTAL:
        selection.choose_one(catalogue, [arguments.gateway])
    follow = ["--follow"] if sys.stdout.isatty() else []
    # Not `docker compose logs`: it writes terminal escapes into pipes.
    os.execvp("docker", ["docker", "logs", "--tail", "100", *follow, stack.container(arguments.gateway)])


def run_files(arguments: argparse.Namespace) -> int:
    """Print each file with its layer, or copy them."""
    root = find_root()
    name = selection.choose_one(read_catalogue(root), [arguments.gateway])
    files = tree.tree(root, name)
    if arguments.to:
        tree.write(files, arguments.to)
        say(f"written: {len(files)} files of {name} to {arguments.to}/")
    elif arguments.json:
        sources = {f"/{path}": str(source.relative_to(root)) for path, source in files.items()}
        say(json.dumps(sources, indent=2))
    else:
        show_table(("file", "from"), [(f"/{path}", tree.origin(root, files[path])) for path in files])
    return 0


def run_engine(arguments: argparse.Namespace) -> int:
    """Start or end the engine."""
    if arguments.stop:
        engine.stop(engine.Daemon())
    else:
        engine.ensure()
    return 0


def run_timings(arguments: argparse.Namespace) -> int:
    """Measure, then print what was measured."""
    stack, catalogue = _open()
    if not arguments.yes:
        raise Problem(
            "timings stops all gateways and removes this project's images, their Debian base and the"
            " engine's whole build cache, so that the start is a cold one; to do that:\n"
            "    make timings CONFIRM=yes",
            2,
        )
    measured = timings.measure(stack, catalogue)
    if arguments.json:
        say(json.dumps(asdict(measured), indent=2))
    else:
        timings.show(measured)
    return 0


def run_overview(_: argparse.Namespace) -> int:
    """Write the page."""
    say(f"written: {overview.write(find_root())}")
    return 0


def run_artifacts(arguments: argparse.Namespace) -> int:
    """Make them; print their folder, which the playbooks take as the variable `artifacts`."""
    stack, catalogue = _open()
    folder = stack.root / artifacts.FOLDER
    artifacts.make(stack, folder, selection.choose(catalogue, arguments.gateways), arguments.app)
    say(str(folder))
    return 0


def run_provision(arguments: argparse.Namespace) -> int:
    """Put a gateway and the application on a bare server, or bring both up to date."""
    provisioning.provision(find_root(), _wish(arguments), arguments.app, check=arguments.check)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Check that a server has what it must; nothing is changed there."""
    provisioning.verify(find_root(), _wish(arguments))
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    """Put a new version of the application on a server, no request lost."""
    provisioning.release(find_root(), arguments.host, arguments.app)
    return 0


def run_rollback(arguments: argparse.Namespace) -> int:
    """Go back to the version before."""
    provisioning.rollback(find_root(), arguments.host)
    return 0


def _wish(arguments: argparse.Namespace) -> provisioning.Wish:
    https = (arguments.domain, arguments.certificate, arguments.key)
    return provisioning.Wish(arguments.host, arguments.gateway, *https)


def _open() -> tuple[Stack, dict[str, Gateway]]:
    root = find_root()
    return Stack(root), read_catalogue(root)


def _show(rows: list[lifecycle.Status]) -> None:
    columns = ("gateway", "web server", "interface", "application server", "address", "state")
    show_table(columns, [_row(row) for row in rows])


def _row(row: lifecycle.Status) -> tuple[str, ...]:
    gateway = row.gateway
    described = (gateway.name, gateway.web_server, gateway.interface, gateway.application_server)
    return (*described, row.address, row.state)


if __name__ == "__main__":
    main()
