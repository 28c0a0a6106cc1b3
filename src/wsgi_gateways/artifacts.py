"""What a server gets that is not in git: a release of the application, and what gateways had to compile.

Both come from stages of the very Dockerfiles that make the images, and lie in one folder: ``release/`` (the
application, its wheels, pip), ``application`` (its name) and ``files/<gateway>/`` (a tree to lay over ``/``,
empty where nothing is compiled).
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wsgi_gateways import images, layers
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem

FOLDER = images.LOGS / "servers"
# What an application needs to be one.
APPLICATION = ("wsgi.py", "requirements.txt")
SAMPLE = "app"
STAGE_OF_FILES = re.compile(r"^FROM .+ AS files$", re.MULTILINE)


def make(stack: Stack, folder: Path, gateways: Sequence[str], application: Path | None = None) -> None:
    """Put a release of ``application``, or of the sample, and the files of ``gateways`` into the folder.

    Raises Problem if the application is none (status 2) or a part cannot be built, and CatalogueError if a
    gateway names a layer that is not there.
    """
    if application is not None:
        refuse_no_application(application)
    compiled = {gateway: folders_with_files(stack.root, gateway) for gateway in gateways}
    (stack.root / images.LOGS).mkdir(exist_ok=True)
    debian = images.choose_debian(stack.root / images.LOGS / "debian.log")
    with _context(stack.root, application) as context:
        dockerfile = context / "images/layers/base/Dockerfile"
        arguments = ["--build-arg", f"DEBIAN={debian}", "--target", "release"]
        release = _empty(folder / "release")
        _export(stack.root, "release", dockerfile, context, release, arguments)
    (folder / "application").write_text(remembered_name(stack.root, application))
    if any(compiled.values()):
        images.build_builder(stack, debian)
    for gateway, folders in compiled.items():
        target = _empty(folder / "files" / gateway)
        for each in folders:
            name, dockerfile = f"{each.name}.files", each / "Dockerfile"
            _export(stack.root, name, dockerfile, stack.root / "images", target, ["--target", "files"])


def folders_with_files(root: Path, gateway: str) -> list[Path]:
    """The folders of a gateway's layers, and its own, whose Dockerfiles have a stage ``files``.

    Raises CatalogueError if the gateway names a layer that is not there.
    """
    # The first is the base, which compiles nothing.
    dockerfiles = (folder / "Dockerfile" for folder in layers.folders(root / "images", gateway)[1:])
    return [path.parent for path in dockerfiles if path.exists() and STAGE_OF_FILES.search(path.read_text())]


def remembered_name(root: Path, application: Path | None) -> str:
    """What a server remembers of its application: the folder's name, where "app" is the sample and no other.

    Empty if none was asked for: then it is the sample, and shall not take the place of another one.
    """
    if application is None:
        return ""
    folder = application.resolve()
    of_another = folder.name == SAMPLE and folder != (root / SAMPLE).resolve()
    return f"{folder.parent.name}/{folder.name}" if of_another else folder.name


@contextmanager
def folder_of_a_run(root: Path) -> Iterator[Path]:
    """A folder for one run of a playbook, so that two runs at a time do not meet in it."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="run-") as run:
        yield Path(run)


def refuse_no_application(folder: Path) -> None:
    """Raise Problem (status 2) if the folder has no WSGI application with pinned requirements."""
    if missing := [name for name in APPLICATION if not (folder / name).is_file()]:
        raise Problem(
            f"APP={folder} has no {' and no '.join(missing)}: name the folder of an application, where"
            " wsgi.py has the callable `application` and requirements.txt pins what it needs, with hashes",
            2,
        )


@contextmanager
def _context(root: Path, application: Path | None) -> Iterator[Path]:
    """What a release is built from: the checkout, or the few files of it around another application."""
    if application is None:
        yield root
        return
    (root / images.LOGS).mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root / images.LOGS, prefix="release-") as temporary:
        context = Path(temporary)
        for path in ("images/layers/base", "src/wsgi_gateways"):
            shutil.copytree(root / path, context / path)
        left_out = shutil.ignore_patterns("__pycache__", ".git", ".venv", "venv", ".env")
        shutil.copytree(application, context / "app", symlinks=True, ignore=left_out)
        # The gateways with CGI start an application by this script, which is the same for all.
        if not (context / "app/application.cgi").exists():
            shutil.copy(root / "app/application.cgi", context / "app")
        shutil.copy(root / ".dockerignore", context)
        yield context


def _empty(folder: Path) -> Path:
    """The folder, without what an earlier run has left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _export(
    root: Path, name: str, dockerfile: Path, context: Path, target: Path, arguments: Sequence[str]
) -> None:
    """Build a stage; its files are added to those in ``target``. Raises Problem if that fails."""
    output = f"type=local,dest={target}"
    images.build_from(root, name, ["--file", str(dockerfile), *arguments, "--output", output, str(context)])
