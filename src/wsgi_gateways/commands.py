"""Running other programs: docker, apt-get, mmdebstrap, ansible-playbook."""

import errno
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from wsgi_gateways.output import Problem


def answers(command: Sequence[str], seconds: float = 30) -> bool:
    """Whether the program exists and ends with status 0 within ``seconds``."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def read(command: Sequence[str], directory: Path | None = None, *, errors: bool = False) -> str:
    """What the program prints on standard output, with ``errors`` on standard error as well.

    Raises Problem with what it printed on standard error if it fails.
    """
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            cwd=directory,
            check=False,
        )
    except FileNotFoundError as error:
        raise Problem(f"{command[0]} is not installed: `make engine` installs what is missing") from error
    if done.returncode:
        raise Problem(f"`{' '.join(command)}` failed:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def run(
    command: Sequence[str],
    log: Path,
    directory: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> bool:
    """Run the program with all its output appended to ``log``; whether it succeeded.

    Raises Problem if it is not installed or the log cannot be written.
    """
    environment = {**os.environ, **(extra or {})}
    try:
        with log.open("ab") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment,
                check=False,
            )
    except OSError as error:
        raise Problem(f"`{command[0]}` cannot be run: {error}") from error
    return done.returncode == 0


def attempt(command: Sequence[str], extra: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program with more variables, whatever comes of it; its output holds what it said of errors."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **extra},
        check=False,
    )


def show(command: Sequence[str], extra: Mapping[str, str]) -> int:
    """Run the program in the user's terminal, with more variables; its exit status.

    Raises Problem if it is not installed.
    """
    try:
        return subprocess.run(command, env={**os.environ, **extra}, check=False).returncode
    except OSError as error:
        raise Problem(f"`{command[0]}` cannot be run: {error}") from error


def last_lines(log: Path, count: int = 20) -> str:
    """The last lines of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def port_is_taken(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1:``port`` already.

    Not whether this process may: the engine binds the port, and it may bind all of them.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def port_holder(port: int) -> str:
    """Who seems to listen on the TCP port, in words."""
    container = read(["docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}"]).strip()
    if container:
        return f"the container {container}"
    if shutil.which("ss"):
        listed = read(["ss", "--no-header", "--listening", "--tcp", "--processes", f"sport = :{port}"])
        if found := re.search(r'\(\("(?P<program>[^"]+)",pid=(?P<pid>\d+)', listed):
            return f"{found['program']} (process {found['pid']})"
    return f"another program (`ss -ltnp 'sport = :{port}'` as root names it)"
