"""docs/gateways.md: all gateways by web server, and the quirks of each; made of the folders under images/."""

import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from wsgi_gateways.catalogue import NO_WEB_SERVER, Gateway, Quirk, read_catalogue

PAGE = Path("docs/gateways.md")
INTRODUCTION = """\
# Gateways

`make overview` makes this page of the folders under [images/](../images/). The README.md of a folder says how
its gateway works, and what it is good for.

Each gateway is published on 127.0.0.1 and its port. A variable with the gateway's name moves the port:
`NGINX_FASTCGI_PORT=9124 make up`. All gateways stand on the layer [base](../images/layers/base/); the tables
name the others. A number of quirks leads to [their list](#quirks)."""
QUIRKS = """\
## Quirks

A quirk is a known difference from what WSGI, CGI or HTTP want. The tests expect each one: a quirk that
somebody repairs fails them, too."""
ALONE = "No web server in front"
_HEAD = ("gateway", "interface", "application server", "port", "layers", "quirks")
_RFC = re.compile(r"RFC (?P<number>\d+)(?:, section (?P<section>[\d.]+))?")
_PEP = re.compile(r"PEP (?P<number>\d+)")


def write(root: Path) -> Path:
    """Make the page of the checkout at ``root`` anew; its path. Raises what read_catalogue raises."""
    (root / PAGE).write_text(page(read_catalogue(root).values()))
    return PAGE


def is_stale(root: Path) -> bool:
    """Whether the page is not what the folders make of it."""
    path = root / PAGE
    return not path.exists() or path.read_text() != page(read_catalogue(root).values())


def page(gateways: Iterable[Gateway]) -> str:
    """The page: a table for each web server, then the quirks of each gateway; alphabetical throughout."""
    ordered = sorted(gateways, key=_place)
    parts = [INTRODUCTION]
    for web_server, group in groupby(ordered, key=lambda gateway: gateway.web_server):
        parts += [f"## {ALONE if web_server == NO_WEB_SERVER else web_server}", _table(group)]
    parts.append(QUIRKS)
    for gateway in ordered:
        parts += [f"### {gateway.name}", "\n".join(map(_item, gateway.quirks)) or "None is known."]
    return "\n\n".join(parts) + "\n"


def _place(gateway: Gateway) -> tuple[bool, str, str]:
    """Where it comes on the page: those without a web server are the last."""
    return gateway.web_server == NO_WEB_SERVER, gateway.web_server.lower(), gateway.name


def _table(gateways: Iterable[Gateway]) -> str:
    rows = [_HEAD, ["---"] * len(_HEAD), *map(_row, gateways)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(gateway: Gateway) -> list[str]:
    name = gateway.name
    layers = (f"[{layer}](../images/layers/{layer}/)" for layer in gateway.layers)
    return [
        f"[{name}](../images/{name}/)",
        gateway.interface,
        gateway.application_server,
        str(gateway.port),
        ", ".join(layers) or "–",
        f"[{len(gateway.quirks)}](#{name})",
    ]


def _item(quirk: Quirk) -> str:
    return f"- `{quirk.id}`: {quirk.summary} {_link(quirk.reference)}"


def _link(reference: str) -> str:
    """A link to the section of an RFC, to a PEP, or to an address, which is shown by its host."""
    if rfc := _RFC.match(reference):
        section = f"#section-{rfc['section']}" if rfc["section"] else ""
        return f"[{reference}](https://www.rfc-editor.org/rfc/rfc{rfc['number']}{section})"
    if pep := _PEP.match(reference):
        return f"[{reference}](https://peps.python.org/pep-{pep['number'].zfill(4)}/)"
    return f"[{urlsplit(reference).hostname}]({reference})"
