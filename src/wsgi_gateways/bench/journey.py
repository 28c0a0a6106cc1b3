"""Locust's users on the board of one gateway: with its web page, or for so many seconds without."""

from pathlib import Path

from wsgi_gateways.output import Problem

FOLDER = Path(".build/locust")
_JOURNEY = Path("bench/journey/journey.py")
_LOCAL = "127.0.0.1"
_WEB_PORT = 8089
_SECONDS_TO_END_A_JOURNEY = 30


def command(root: Path, address: str, users: int, workers: int, seconds: int | None) -> list[str]:
    """Locust's command line. Raises Problem if it is not installed."""
    program = root / FOLDER / "bin/locust"
    if not program.exists():
        raise Problem("Locust is not installed: `make load GATEWAY=…` does that first", 2)
    wanted = [str(program), f"--locustfile={root / _JOURNEY}", f"--host={address.rstrip('/')}"]
    wanted += [f"--users={users}", f"--spawn-rate={max(1, users / 5)}"]
    if workers > 1:
        # One process uses one CPU. Its own sockets stay on this machine, too.
        wanted += [f"--processes={workers}", f"--master-bind-host={_LOCAL}"]
    if seconds is None:
        return [*wanted, f"--web-host={_LOCAL}", f"--web-port={_WEB_PORT}"]
    ending = [f"--run-time={seconds}s", f"--stop-timeout={_SECONDS_TO_END_A_JOURNEY}"]
    return [*wanted, "--headless", "--only-summary", *ending]
