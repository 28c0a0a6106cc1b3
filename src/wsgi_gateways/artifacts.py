"""What a server gets that is not in git: a release of the application, and what gateways had to compile.

Both come from stages of the very Dockerfiles that make the images, and lie in one folder: ``release/`` (the
application, its wheels, pip), ``application`` (its name) and ``files/<gateway>/`` (a tree to lay over ``/``).
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wsgi_gateways import commands, images
from wsgi_gateways.compose import Stack
from wsgi_gateways.output import Problem

FOLDER = images.LOGS / "servers"
# `pair` stays in the images: a server has systemd for that.
PROGRAMS = ("with-knobs", "ask-healthz")
# What an application needs to be one.
APPLICATION = ("wsgi.py", "requirements.txt")
SAMPLE = "app"
STAGE_OF_FILES = re.compile(r"^FROM .+ AS files$", re.MULTILINE)


def make(stack: Stack, folder: Path, gateways: Sequence[str], application: Path | None = None) -> None:
    """Put a release of ``application``, or of the sample, and the files of ``gateways`` into the folder.

    Raises Problem if the application is none (status 2) or a part cannot be built.
    """
    if application is not None:
        refuse_no_application(application)
    (stack.root / images.LOGS).mkdir(exist_ok=True)
    debian = images.choose_debian(stack.root / images.LOGS / "debian.log")
    with _context(stack.root, application) as context:
        dockerfile = context / "images/base/Dockerfile"
        arguments = ["--file", str(dockerfile), "--build-arg", f"DEBIAN={debian}", "--target", "release"]
        _export(arguments, context, folder / "release", stack.root / images.LOGS / "release.log")
    (folder / "application").write_text(remembered_name(stack.root, application))
    for gateway in gateways:
        _make_files(stack, gateway, folder / "files" / gateway, debian)


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
        for path in ("images/base", "src/wsgi_gateways"):
            shutil.copytree(root / path, context / path)
        left_out = shutil.ignore_patterns("__pycache__", ".git", ".venv", "venv", ".env")
        shutil.copytree(application, context / "app", symlinks=True, ignore=left_out)
        # The gateways with CGI start an application by this script, which is the same for all.
        if not (context / "app/application.cgi").exists():
            shutil.copy(root / "app/application.cgi", context / "app")
        shutil.copy(root / ".dockerignore", context)
        yield context


def _make_files(stack: Stack, gateway: str, target: Path, debian: str) -> None:
    folder = stack.root / "images" / gateway
    if STAGE_OF_FILES.search((folder / "Dockerfile").read_text()):
        images.build_builder(stack, debian)
        _export(["--target", "files"], folder, target, stack.root / images.LOGS / f"{gateway}.files.log")
    programs = target / "usr/local/bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        shutil.copy(stack.root / "images/base/usr/local/bin" / name, programs)


def _export(arguments: Sequence[str], context: Path, target: Path, log: Path) -> None:
    """Build a stage; ``target`` then has the files of it, and no others."""
    shutil.rmtree(target, ignore_errors=True)
    log.unlink(missing_ok=True)
    command = ["docker", "buildx", "build", "--builder", "default", "--progress", "plain", *arguments]
    command += ["--secret", f"id=ca,src={images.find_ca_bundle()}"]
    command += ["--output", f"type=local,dest={target}", str(context)]
    if not commands.run(command, log):
        raise Problem(images.explain(images.Built(target.name, False, 0, log)))
