"""Which gateways a command is about: the words of GATEWAYS= and GATEWAY=, which mean the same everywhere."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.output import Problem

ALL = "all"
# Few enough for a laptop, and each of another kind.
DEFAULT = (
    "nginx-http",
    "nginx-fastcgi",
    "apache-mod-wsgi-daemon",
    "lighttpd-scgi",
    "apache-cgi",
    "gunicorn",
)


def families(catalogue: Mapping[str, Gateway]) -> dict[str, list[str]]:
    """The gateways of each web server, by its name in lower case; "alone" are those without one."""
    found: dict[str, list[str]] = {}
    for name, gateway in catalogue.items():
        found.setdefault(gateway.family, []).append(name)
    return found


def choose(catalogue: Mapping[str, Gateway], words: Sequence[str]) -> list[str]:
    """The gateways that the words name, each once: their own names, those of families, or "all".

    All of them if there is no word. Raises Problem (status 2) with the nearest names for an unknown one.
    """
    groups = {ALL: list(catalogue), **families(catalogue)}
    # A gateway may be called like a family; then it is meant by itself.
    groups.update({name: [name] for name in catalogue})
    if unknown := [word for word in words if word not in groups]:
        raise Problem("\n".join(_explain(word, catalogue, groups) for word in unknown), 2)
    return list(dict.fromkeys(name for word in words or [ALL] for name in groups[word]))


def choose_one(catalogue: Mapping[str, Gateway], words: Sequence[str]) -> str:
    """The one gateway that the words name. Raises Problem (status 2) if they name another number."""
    words = [word for word in words if word]
    names = choose(catalogue, words) if words else []
    if len(names) != 1:
        named = f", and {' '.join(words)} is {len(names)}" if words else ""
        raise Problem(
            f"this is about one gateway{named}: say GATEWAY= and its name, as `make ps` shows it", 2
        )
    return names[0]


def choose_default(catalogue: Mapping[str, Gateway], words: Sequence[str]) -> list[str]:
    """As `choose`, but without a word those of DEFAULT."""
    return choose(catalogue, words or DEFAULT)


def _explain(word: str, catalogue: Mapping[str, Gateway], groups: Mapping[str, object]) -> str:
    near = get_close_matches(word, groups, 3)
    meant = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(catalogue)}"
    grouped = ", ".join([ALL, *families(catalogue)])
    return f"no gateway is called {word}: {meant} (or a family: {grouped})"
