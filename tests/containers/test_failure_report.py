"""A failing test shows what the container that it failed on says for itself."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.chosen import CATALOGUE, ROOT, one_of_each
from tests.waiting import wait_until
from wsgi_gateways.compose import PORTAL, Stack

FAILING = """
import pytest

@pytest.mark.parametrize("service", ["{service}"])
def test_that_fails(service):
    assert not "the reason"
"""
FAILING_ON_A_ONE_OFF = """
from tests.containers.one_off import started

def test_that_fails(stack):
    with started(stack, "nginx-fastcgi") as (_, client):
        client.get("/probe/errors?token={token}")
        assert not "the reason"
"""
ONE_OF_EACH_WEB_SERVER = one_of_each(lambda gateway: gateway.web_server)
# A line that only the server itself can print, by the name of its program.
EFFECTIVE = {
    "Apache": " authz_core_module (shared)\n",
    "Caddy": '"listen":[":80"]',
    "HAProxy": "\tserver gunicorn /run/application/application.sock ",
    "gunicorn": "\nworker_class                       = <HTTPWorker()>\n",
    "lighttpd": "    server.port                    = 80\n",
    "nginx": "\n# configuration file /etc/nginx/nginx.conf:\n",
}


@pytest.mark.parametrize("name", [*ONE_OF_EACH_WEB_SERVER, PORTAL])
def test_the_log_the_knobs_and_the_configuration_are_shown(name: str, stack: Stack, tmp_path: Path) -> None:
    token = f"test-{uuid4().hex[:20]}"
    httpx.get(stack.address(name), params={"token": token}, trust_env=False)
    wait_until(lambda: token in stack.logs(name), f"{token} in the log of {name}", 5)

    output = run_pytest(tmp_path, FAILING.format(service=name))

    assert f"?token={token}" in output
    assert "\nWORKERS=" in output
    assert EFFECTIVE["nginx" if name == PORTAL else CATALOGUE[name].reached_server] in output


def test_a_container_that_is_gone_leaves_the_failure_as_it_is(stack: Stack, tmp_path: Path) -> None:
    output = run_pytest(tmp_path, FAILING.format(service="gone"))
    assert f"No such container: {stack.container('gone')}" in output


def test_a_one_off_container_shows_its_log_before_it_goes(stack: Stack, tmp_path: Path) -> None:
    token = f"test-{uuid4().hex[:20]}"
    output = run_pytest(tmp_path, FAILING_ON_A_ONE_OFF.format(token=token))
    assert f"\n{token}\n" in output


def run_pytest(folder: Path, test: str) -> str:
    """What pytest prints for a file with this one test, which must have failed for its own reason."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    file = folder / "test_that_fails.py"
    file.write_text(test)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    command = [sys.executable, "-m", "pytest", *options, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'AssertionError: assert not "the reason"' in done.stdout.replace("'", '"')
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.stdout
