"""Building the images: the Debian base, this project's bases, the layers, then one image for each service."""

import os
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways import commands, debian, layers
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem, Progress, say

RELEASE = "trixie"
PUBLISHED = f"debian:{RELEASE}-slim"
BOOTSTRAPPED = f"wsgi-gateways/debian:{RELEASE}-slim"
SECONDS_TO_PULL = 60

# What Debian's own "slim" images leave out as well.
LEFT_OUT = ("doc/*", "man/*", "info/*", "lintian/*", "locale/*/LC_MESSAGES/*.mo")
# In the order in which they are built; all others are built from the last one.
BASES = ("builder", "base")

LOGS = Path(".build")


@dataclass(frozen=True)
class Built:
    """One image or one stage, built or not, and the seconds that it took.

    ``failed_layer`` is the layer for whose sake this was not even tried; then the log is the layer's.
    """

    name: str
    succeeded: bool
    seconds: float
    log: Path
    failed_layer: str | None = None


def choose_debian(log: Path, *, fresh: bool = False) -> str:
    """The image that the base starts from: BASE_IMAGE, else Debian's own, else one made here.

    With ``fresh`` it is pulled or made anew. Raises Problem if no registry answers and this machine
    cannot make one.
    """
    if chosen := os.environ.get("BASE_IMAGE"):
        return chosen
    for image in () if fresh else (PUBLISHED, BOOTSTRAPPED):
        if commands.answers(["docker", "image", "inspect", image]):
            return image
    say(f"pulling {PUBLISHED}")
    if commands.answers(["docker", "pull", "--quiet", PUBLISHED], SECONDS_TO_PULL):
        return PUBLISHED
    say(f"no registry answers: making {BOOTSTRAPPED} from this machine's Debian mirror (about 30 s)")
    bootstrap(log)
    return BOOTSTRAPPED


def bootstrap(log: Path) -> None:
    """Make BOOTSTRAPPED with mmdebstrap, whose words go to ``log``. Raises Problem if a part of it fails."""
    if not commands.answers(["mmdebstrap", "--version"]):
        if not (debian.is_root() and debian.read_release().has_apt):
            raise Problem(
                f"no registry has {PUBLISHED}, and mmdebstrap is not installed to make one; either name"
                " another base in BASE_IMAGE, or on Debian:\n    sudo apt-get install mmdebstrap",
                2,
            )
        debian.update_lists()
        debian.install(["mmdebstrap"])
    without = [f"--dpkgopt=path-exclude=/usr/share/{pattern}" for pattern in LEFT_OUT]
    with_copyrights = "--dpkgopt=path-include=/usr/share/doc/*/copyright"
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", f"--keyring={keyring}"]
    command += [*without, with_copyrights, RELEASE, "-", *debian.find_mirrors().sources(RELEASE)]
    with (
        log.open("wb") as words,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words) as bootstrapping,
    ):
        importing = ["docker", "import", "-", BOOTSTRAPPED]
        imported = subprocess.run(
            importing, stdin=bootstrapping.stdout, stdout=words, stderr=words, check=False
        )
    if bootstrapping.returncode or imported.returncode:
        commands.answers(["docker", "image", "rm", BOOTSTRAPPED])
        insist(Built(BOOTSTRAPPED, False, 0, log))


def find_ca_bundle() -> str:
    """The CA certificates that this machine trusts: SSL_CERT_FILE, else the system's.

    Raises Problem (status 2) if there are none.
    """
    places = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile]
    places += ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    for place in places:
        if place and Path(place).is_file():
            return place
    raise Problem("no CA certificates found: install ca-certificates, or name their file in SSL_CERT_FILE", 2)


def build(stack: Stack, services: Sequence[str], *, fresh: bool = False) -> list[Built]:
    """Build the bases, the layers that the services stand on, and one image for each service.

    What stands on a layer that failed is not tried, and counts as failed; all others go on. With ``fresh``
    from nothing, so that all packages are today's. Raises Problem if a base fails, for nothing can be built
    then, and CatalogueError if a gateway names a layer that is not there.
    """
    planned = plan(stack.root, services)
    (stack.root / LOGS).mkdir(exist_ok=True)
    environment = _environment(choose_debian(stack.root / LOGS / "debian.log", fresh=fresh))
    results: dict[str, Built] = {}
    with Progress("building", "built", len(BASES) + len(planned)) as progress:
        for name in (*BASES, *planned):
            progress.begin(name)
            below = (results[layer] for layer in planned.get(name, ()))
            if broken := next((layer for layer in below if not layer.succeeded), None):
                results[name] = Built(name, False, 0, broken.log, broken.name)
            else:
                results[name] = _build_service(stack, name, environment, fresh=fresh)
            progress.end(name, results[name].seconds, results[name].succeeded)
            if name in BASES:
                insist(results[name])
    return list(results.values())


def plan(root: Path, services: Sequence[str]) -> dict[str, list[str]]:
    """What is built after the bases, in this order: the layers, then the services.

    Each has the layers that must be there before it: a service all of its own, a layer those that come before
    it in every gateway with it. Raises CatalogueError if a gateway names a layer that is not there.
    """
    wanted = {service: _layers_to_build(root / "images", service) for service in services}
    below: dict[str, list[str]] = {}
    for names in wanted.values():
        for number, layer in enumerate(names):
            below[layer] = [each for each in below.get(layer, names) if each in names[:number]]
    return below | wanted


def _layers_to_build(images: Path, service: str) -> list[str]:
    """Without the base, which is always built; the portal and the like stand on nothing else."""
    if not (images / service / "gateway.yml").exists():
        return []
    between = layers.folders(images, service)[1:-1]
    return [folder.name for folder in between if (folder / "Dockerfile").exists()]


def build_builder(stack: Stack, debian_image: str) -> None:
    """Build the image that compiles for gateways. Raises Problem if that fails."""
    insist(_build_service(stack, "builder", _environment(debian_image), fresh=False))


def build_from(root: Path, name: str, arguments: Sequence[str]) -> None:
    """Build what is no service: ``arguments`` are those of buildx(1). Raises Problem if that fails."""
    command = ["docker", "buildx", "build", "--progress", "plain"]
    command += ["--secret", f"id=ca,src={find_ca_bundle()}", *arguments]
    insist(_run(root, name, command, {}))


def insist(built: Built) -> None:
    """Raise Problem with the reason if it was not built."""
    if not built.succeeded:
        raise Problem(explain(built))


def explain(built: Built) -> str:
    """Why something was not built: its name, the step that failed and the last lines of its log.

    Of what stands on a failed layer only that: the layer itself has the step and the lines.
    """
    if built.failed_layer:
        return f"{built.name} was not built, because its layer {built.failed_layer} was not; see {built.log}"
    lines = built.log.read_text(errors="replace").splitlines()
    steps = [line.removeprefix(" > ").rstrip(":") for line in lines if line.startswith(" > [")]
    step = f" at the step {steps[-1]}" if steps else ""
    return f"{built.name} was not built{step}; the end of {built.log}:\n{commands.last_lines(built.log)}"


def _environment(debian_image: str) -> dict[str, str]:
    """What docker-compose.yml has variables for."""
    return {"BASE_IMAGE": debian_image, "CA_BUNDLE": find_ca_bundle()}


def _build_service(stack: Stack, service: str, environment: Mapping[str, str], *, fresh: bool) -> Built:
    command = ["docker", "compose", "--progress", "plain", "build"]
    command += [*(["--no-cache"] if fresh else []), service]
    return _run(stack.root, service, command, environment)


def _run(root: Path, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Built:
    """Run a command that builds; the log with its name has what this run writes, and no other."""
    log = root / LOGS / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    began = time.monotonic()
    # The engine's own builder: another one would not see the images that are built on each other.
    succeeded = commands.run(command, log, root, {**environment, "BUILDX_BUILDER": "default"})
    return Built(name, succeeded, time.monotonic() - began, log)


def size(image: str) -> int:
    """The bytes of all layers of an image."""
    return int(commands.read(["docker", "image", "inspect", "--format", "{{.Size}}", image]))
