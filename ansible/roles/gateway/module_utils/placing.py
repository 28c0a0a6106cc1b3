"""Where the files of a gateway lie on a host, and what is different in those of one beside another.

The first gateway of a host lies over ``/``. Of each other one, ``etc`` lies in ``/srv/gateways/<gateway>``,
and its units see that as ``/etc`` (see ``drop_in``). They have its name before theirs, and so have its
folders in /run and /var/log. But for that and the port, its files are those of the folder.
"""

import re
from pathlib import Path

# Content and mode.
File = tuple[bytes, int]
UNITS = Path("etc/systemd/system")
ROTATED = Path("etc/logrotate.d")
# Debian's own units, for which folders have drop-ins.
DEBIANS_UNITS = Path("/usr/lib/systemd/system")
# Which package has which file: https://manpages.debian.org/trixie/dpkg/dpkg.1.en.html#FILES
PACKAGES = Path("/var/lib/dpkg/info")

# Where nginx and Apache, lighttpd, HAProxy, Caddy, gunicorn and systemd are told to listen.
PORT = re.compile(
    rb"^(\s*(?:[Ll]isten |server\.port = |\$SERVER\[\"socket\"\] == \"\[::\]:|bind :"
    rb"|http://:|bind = \"0\.0\.0\.0:|ListenStream=0\.0\.0\.0:))80\b",
    re.MULTILINE,
)
# Folders that systemd or a server makes.
FOLDER = re.compile(rb"(?<![\w/])(/run/|/var/log/|(?:RuntimeDirectory|LogsDirectory)=)(?=\w)")
# https://www.freedesktop.org/software/systemd/man/257/systemd.resource-control.html
DIRECTIVES = {b"MEMORY_MAX": b"MemoryMax", b"TASKS_MAX": b"TasksMax"}
LIMIT = re.compile(rb"^(MEMORY_MAX|TASKS_MAX)=(\S+)$", re.MULTILINE)


class NoPort(Exception):
    """No file of the gateway says in a known way that it listens to port 80."""


def place(files: dict[Path, File], name: str, prefix: str, port: int, units: list[str]) -> dict[Path, File]:
    """The files of a gateway by their path on the host; those in ``files`` have it as in the folder.

    ``units`` are its units as they are called on the host; ``prefix`` is empty for the host's first gateway.
    """
    if not prefix:
        return {Path("/", path): file for path, file in files.items()}
    folder = Path("/srv/gateways", name)
    mine = {path.parts[1] for path in files if path.parts[0] == "etc"} - {"systemd", ROTATED.name}
    files = with_debians_units(units, prefix) | files
    names = {path.parts[3].removesuffix(".d") for path in files if path.is_relative_to(UNITS)}
    # "network.target" and the like are not among them.
    own_unit = re.compile(rb"(?<![\w.@-])(%s)(?![\w.-])" % b"|".join(re.escape(x.encode()) for x in names))
    placed = {folder / path: file for path, file in installed(mine).items()}
    listens = 0
    for path, (content, mode) in files.items():
        if path.parts[0] != "etc":
            placed[Path("/", path)] = content, mode
            continue
        content = FOLDER.sub(rb"\1%s" % prefix.encode(), content)
        if path.is_relative_to(ROTATED):
            content = own_unit.sub(rb"%s\1" % prefix.encode(), content)
            placed[Path("/", ROTATED, prefix + path.name)] = content, mode
        elif path.is_relative_to(UNITS):
            content = own_unit.sub(rb"%s\1" % prefix.encode(), content)
            content = PORT.sub(rb"\g<1>%d" % port, content)
            first, *rest = path.relative_to(UNITS).parts
            placed[Path("/", UNITS, prefix + first, *rest)] = content, mode
        else:
            content, found = PORT.subn(rb"\g<1>%d" % port, content)
            listens += found
            placed[folder / path] = content, mode
    if not listens:
        raise NoPort(f"{name} does not say in a known way that it listens to port 80")
    for unit in units:
        placed[Path("/", UNITS, f"{unit}.d", "beside.conf")] = drop_in(folder, sorted(mine)), 0o644
    return placed


def limits(knobs: bytes, unit: str) -> dict[Path, File]:
    """The drop-in of a unit with the limits that gateway.env sets, which systemd takes from units alone."""
    found = LIMIT.findall(knobs)
    lines = [b"%s=%s" % (DIRECTIVES[name], value) for name, value in found]
    content = b"\n".join([b"# From /etc/gateway.env.", b"[Service]", *lines, b""])
    return {Path("/", UNITS, f"{unit}.d", "limits.conf"): (content, 0o644)} if lines else {}


def drop_in(folder: Path, names: list[str]) -> bytes:
    """Lets a unit see the gateway's files at the paths that they have in the folder.

    Whole folders, so that a reload finds a file that was replaced.
    """
    lines = [f"BindReadOnlyPaths={folder}/etc/{name}:/etc/{name}" for name in names]
    return "\n".join(["# The gateway's own files.", "[Service]", *lines, ""]).encode()


def installed(names: set[str]) -> dict[Path, File]:
    """What Debian's packages have in these folders of /etc; in the image it is there as well."""
    wanted = tuple(f"/etc/{name}/" for name in names)
    listed = {line for file in PACKAGES.glob("*.list") for line in file.read_text().splitlines()}
    paths = [Path(line) for line in listed if line.startswith(wanted)]
    return {path.relative_to("/"): (path.read_bytes(), 0o644) for path in paths if path.is_file()}


def with_debians_units(units: list[str], prefix: str) -> dict[Path, File]:
    """Debian's own among the units; with --check, a package may be yet to be installed."""
    paths = [DEBIANS_UNITS / unit.removeprefix(prefix) for unit in units]
    return {UNITS / path.name: (path.read_bytes(), 0o644) for path in paths if path.is_file()}
