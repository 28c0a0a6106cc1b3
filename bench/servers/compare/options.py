"""The command line: the host and the container read the same one."""

import argparse
from pathlib import Path

from compare.rows import choose

SECTIONS = ["hello", "bodies", "latency", "ajp", "cgi", "memory"]

_EXAMPLE = """Without options it takes about 11 minutes. Example, two rows in less than a minute:
  bench/servers/run --only hello --rounds 5 --seconds 2 --rows nginx-fastcgi-worker nginx-fastcgi-uwsgi
"""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/servers/run",
        description="Application servers side by side: the same web server, the same application.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=_positive, default=7, help="measured rounds of each case (7; bodies: at most 4)"
    )
    parser.add_argument("--seconds", type=_positive, default=2, help="of a round (2; bodies: half of it)")
    parser.add_argument("--connections", type=_positive, default=32, help="kept open by wrk (32)")
    parser.add_argument("--rows", nargs="+", default=[], metavar="ROW", help="names or patterns (all)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections (all)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of rows in each round (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything that was measured")
    parser.add_argument("--list", action="store_true", help="print the rows and stop")
    options = parser.parse_args(arguments)
    try:
        if not choose(options.rows, options.only):
            parser.error("none of these rows takes part in these sections")
    except ValueError as error:
        parser.error(str(error))
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
