"""Building the images: the Debian base, this project's base, then one image for each service."""

import os
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from wsgi_gateways import commands, debian
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
    """One image, built or not, and the seconds that it took."""

    service: str
    succeeded: bool
    seconds: float
    log: Path


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
        raise Problem(f"{BOOTSTRAPPED} was not made; the end of {log}:\n{commands.last_lines(log)}")


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


def build(stack: Stack, services: list[str], *, fresh: bool = False) -> list[Built]:
    """Build the bases and one image for each service; a failed one does not stop the others.

    With ``fresh`` from nothing, so that all packages are today's. Raises Problem if a base fails, for
    nothing can be built then.
    """
    (stack.root / LOGS).mkdir(exist_ok=True)
    debian_image = choose_debian(stack.root / LOGS / "debian.log", fresh=fresh)
    environment = {"BASE_IMAGE": debian_image, "CA_BUNDLE": find_ca_bundle()}
    # The engine's own builder: another one would not see the images that are built on each other.
    environment["BUILDX_BUILDER"] = "default"
    results = []
    with Progress("building", "built", len(BASES) + len(services)) as progress:
        for service in (*BASES, *services):
            progress.begin(service)
            result = _build(stack, service, environment, fresh=fresh)
            progress.end(service, result.seconds, result.succeeded)
            if not result.succeeded and service in BASES:
                raise Problem(explain(result))
            results.append(result)
    return results


def build_builder(stack: Stack, debian_image: str) -> None:
    """Build the image that compiles for gateways. Raises Problem if that fails."""
    environment = {"BASE_IMAGE": debian_image, "CA_BUNDLE": find_ca_bundle(), "BUILDX_BUILDER": "default"}
    result = _build(stack, "builder", environment, fresh=False)
    if not result.succeeded:
        raise Problem(explain(result))


def _build(stack: Stack, service: str, environment: dict[str, str], *, fresh: bool) -> Built:
    log = stack.root / LOGS / f"{service}.log"
    log.unlink(missing_ok=True)
    began = time.monotonic()
    command = [
        "docker",
        "compose",
        "--progress",
        "plain",
        "build",
        *(["--no-cache"] if fresh else []),
        service,
    ]
    succeeded = commands.run(command, log, stack.root, environment)
    return Built(service, succeeded, time.monotonic() - began, log)


def explain(built: Built) -> str:
    """Why an image was not built: its name, the step that failed and the last lines of its log."""
    lines = built.log.read_text(errors="replace").splitlines()
    steps = [line.removeprefix(" > ").rstrip(":") for line in lines if line.startswith(" > [")]
    step = f" at the step {steps[-1]}" if steps else ""
    return f"{built.service} was not built{step}; the end of {built.log}:\n{commands.last_lines(built.log)}"


def size(image: str) -> int:
    """The bytes of all layers of an image."""
    return int(commands.read(["docker", "image", "inspect", "--format", "{{.Size}}", image]))
