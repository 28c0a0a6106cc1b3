"""What a user wants on a server. What they got wrong is said before anything is made or changed."""

from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways import artifacts, engine, selection, servers
from wsgi_gateways.catalogue import read_catalogue
from wsgi_gateways.compose import Stack


@dataclass(frozen=True)
class Wish:
    """A gateway on a server, as the user typed it: the files and the domain are None where there is none."""

    host: str
    gateway: str
    domain: str | None = None
    certificate: Path | None = None
    key: Path | None = None


def provision(root: Path, wish: Wish, application: Path | None, *, check: bool = False) -> None:
    """Put the gateway and the application, or the sample, on a bare server, or bring both up to date.

    With ``check`` nothing is changed there. Raises Problem, with status 2 for a wrong wish.
    """
    _play(root, "site.yml", wish, application, check=check)


def verify(root: Path, wish: Wish) -> None:
    """Check that a server has what it must. Raises Problem, with status 2 for a wrong wish."""
    _play(root, "verify.yml", wish, None)


def release(root: Path, host: str, application: Path | None) -> None:
    """Put a new version of the application on a server, no request lost.

    Raises Problem, with status 2 for a wrong host or a folder without an application.
    """
    server = servers.Host.parse(host)
    if application is not None:
        artifacts.refuse_no_application(application)
    servers.refuse_unreachable(root, server)
    engine.ensure()
    with artifacts.folder_of_a_run(root) as folder:
        artifacts.make(Stack(root), folder, [], application)
        servers.play(root, "release.yml", server, {"artifacts": str(folder)})


def rollback(root: Path, host: str) -> None:
    """Go back to the version before. Raises Problem, with status 2 for a wrong host."""
    server = servers.Host.parse(host)
    servers.refuse_unreachable(root, server)
    servers.play(root, "rollback.yml", server, {})


def _play(root: Path, playbook: str, wish: Wish, application: Path | None, *, check: bool = False) -> None:
    """Run a playbook that is about one gateway."""
    catalogue = read_catalogue(root)
    server = servers.Host.parse(wish.host)
    name = selection.choose_one(catalogue, [wish.gateway])
    https = servers.https(wish.domain, wish.certificate, wish.key)
    servers.refuse_wrong_knobs(root)
    if application is not None:
        artifacts.refuse_no_application(application)
    servers.refuse_unreachable(root, server)
    engine.ensure()
    with artifacts.folder_of_a_run(root) as folder:
        artifacts.make(Stack(root), folder, [name], application)
        variables = {"gateway": name, "artifacts": str(folder), **https}
        servers.play(root, playbook, server, variables, check=check)
