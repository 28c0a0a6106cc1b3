"""FastCGIWorker behind Apache's mod_proxy_fcgi, mod_fcgid and lighttpd's bin-path: reloads and the end."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.containers.container import Container
from tests.containers.other_web_servers.site import CLIENTS, SETUPS, serving, started_by_exec, visit
from tests.waiting import wait_until

PROXIES = [name for name in SETUPS if name.startswith("proxy-fcgi")]


@pytest.mark.parametrize("name", PROXIES)
def test_reloads_of_gunicorn_lose_no_request(name: str, other_web_servers: Container, tmp_path: Path) -> None:
    # Where Apache keeps connections, a worker ends when none of them has been busy for a second, and gunicorn
    # waits for that.
    reloads = 2 if name.endswith("reuse") else 5
    with (
        serving(other_web_servers, SETUPS[name], tmp_path / "log") as site,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        stop = Event()
        visits = [clients.submit(visit, site, 10_000, stop) for _ in range(CLIENTS)]
        try:
            for count in range(2, 2 + reloads):
                other_web_servers.kill("HUP", started_by_exec(other_web_servers, "gunicorn"))
                booted = f"worker {count} boots"
                wait_until(lambda n=count: site.log.read_text().count("Booting worker") == n, booted, 40)  # type: ignore[misc]
            assert not any(each.done() for each in visits), "the load ended before the reloads"
        finally:
            stop.set()
        outcomes = sum((each.result() for each in visits), Counter[str]())
    assert set(outcomes) == {"right"}, outcomes


@pytest.mark.parametrize("name", SETUPS)
@pytest.mark.parametrize("end", ["TERM", "graceful"])
def test_the_web_server_ends_and_leaves_no_process(
    name: str, end: str, other_web_servers: Container, tmp_path: Path
) -> None:
    setup, log = SETUPS[name], tmp_path / "log"
    with (
        serving(other_web_servers, setup, log, end=setup.graceful if end == "graceful" else "TERM") as site,
        site.client() as client,
    ):
        assert client.get("/healthz").status_code == 200
    written = log.read_text()
    assert written.count("Shutting down: Master") == written.count("Starting gunicorn")
    assert "Traceback" not in written
