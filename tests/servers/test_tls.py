"""HTTPS: the application sees it, visitors are led to it, and a renewed certificate costs no request."""

import http.client
import json
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.gateways.raw_http import Answer, ask, get
from tests.servers.certificates import Authority, Pair
from tests.servers.load import PATIENCE
from tests.servers.playbook import play
from tests.servers.server import Done, Server, Servers
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway

pytestmark = pytest.mark.sample("nginx-fastcgi")
DOMAIN = "board.example.org"
# What a plain HTTP request and the same over TLS may differ in.
OF_THE_CONNECTION = {
    "HTTPS",
    "REMOTE_PORT",
    "REQUEST_SCHEME",
    "SERVER_PORT",
    "wsgi.url_scheme",
    "SERVER_NAME",
}
OF_THE_CONNECTION |= {"HTTP_HOST", "REQUEST_TIME", "UNIQUE_ID", "SCRIPT_URI"}
# The same, as a web server tells it to an HTTP server; X-Host is lighttpd's.
OF_THE_CONNECTION |= {"HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_HOST"}


class Site:
    """A server that has HTTPS for DOMAIN."""

    def __init__(self, server: Server, authority: Authority) -> None:
        self.server = server
        self.authority = authority
        self.trusted = authority.certificate
        self.https_port = server.machine.https_port

    def play(self, playbook: str, **variables: object) -> Done:
        """Run the part about TLS of a playbook."""
        machine = self.server.machine
        gateway = {"gateway": self.server.gateway, "domain": DOMAIN}
        return play(machine.host, machine.ssh_config, playbook, "tls", gateway | variables)

    def take(self, pair: Pair, **variables: object) -> Done:
        """Give the server this certificate."""
        files = {"tls_certificate": str(pair.certificate), "tls_key": str(pair.key)}
        done = self.play("site.yml", tls_source="files", **files, **variables)
        assert done.status == 0, done.output
        self.pair = pair
        return done

    def connect(self) -> ssl.SSLSocket:
        """A TLS connection; fails if the certificate is not DOMAIN's, or not to be trusted."""
        context = ssl.create_default_context(cafile=str(self.trusted))
        connection = socket.create_connection(("127.0.0.1", self.https_port), timeout=PATIENCE)
        try:
            return context.wrap_socket(connection, server_hostname=DOMAIN)
        except BaseException:
            connection.close()
            raise

    def client(self) -> http.client.HTTPConnection:
        """An HTTP client on a new TLS connection."""
        client = http.client.HTTPConnection(DOMAIN, timeout=PATIENCE)
        client.sock = self.connect()
        return client

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """The answer to one request over TLS."""
        with closing(self.client()) as client:
            client.request("GET", path, headers={"Connection": "close", **(headers or {})})
            answer = client.getresponse()
            return Answer(answer.status, tuple(answer.getheaders()), answer.read())

    def get_without_tls(self, path: str, *headers: str, host: str = DOMAIN) -> Answer:
        """The answer of port 80."""
        return ask(self.server.machine.http_port, get(path, "Connection: close", *headers, host=host))

    def serial(self) -> object:
        """The serial number of the certificate that is served."""
        with closing(self.connect()) as connection:
            certificate = connection.getpeercert()
            assert certificate
            return certificate["serialNumber"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    """Those that have HTTPS so far; all are without it again afterwards."""
    sites: dict[str, Site] = {}
    yield sites
    for site in sites.values():
        done = site.play("site.yml", tls_source="none")
        assert done.status == 0, done.output
        assert site.get_without_tls("/healthz").status == 200


@pytest.fixture
def site(
    gateway: Gateway, server: Server, authority: Authority, sites: dict[str, Site], figures: dict[str, str]
) -> Site:
    if gateway.name not in sites:
        site = sites[gateway.name] = Site(server, authority)
        figures["HTTPS"] = f"{site.take(authority.issue(DOMAIN)).seconds:.0f} s"
    return sites[gateway.name]


def test_the_application_sees_https(gateway: Gateway, site: Site) -> None:
    environ = site.get("/probe/environ").json
    seen = {name: environ[name]["value"] for name in ("wsgi.url_scheme", "SERVER_PORT", "SERVER_NAME")}
    assert seen == {"wsgi.url_scheme": "https", "SERVER_PORT": "443", "SERVER_NAME": DOMAIN}
    expected = None if gateway.has_quirk("no-https-in-environ") else {"type": "str", "value": "on"}
    assert environ.get("HTTPS") == expected


@pytest.mark.parametrize("path", ["/probe/environ", "/probe/environ/a%2Fb%20c?q=%2F"])
def test_both_ports_give_the_application_the_same(site: Site, path: str) -> None:
    headers = {"Proxy": "http://evil.invalid/", "X_Forwarded_For": "10.0.0.1", "Authorization": "Basic eDp5"}
    plain = site.get_without_tls(
        path, *(f"{name}: {value}" for name, value in headers.items()), host="localhost"
    )
    secure = site.get(path, {**headers, "Accept-Encoding": ""})
    assert (plain.status, secure.status) == (200, 200)
    # Of the server itself, as the number of the thread.
    own = ("SSL_", "mod_wsgi.", "uwsgi.")
    shown = [
        {name: value for name, value in environ.items() if not name.startswith(own)}
        for environ in (plain.json, secure.json)
    ]
    for environ in shown:
        for name in OF_THE_CONNECTION | {"HTTP_ACCEPT_ENCODING"}:
            environ.pop(name, None)
    assert shown[0] == shown[1]


@pytest.mark.parametrize("asked", ["/", "/a%2Fb%3Fc?q=%20x&y", "//elsewhere.invalid/"])
@pytest.mark.parametrize("host", [DOMAIN, "elsewhere.invalid", "127.0.0.1"])
def test_port_80_leads_to_https(site: Site, asked: str, host: str) -> None:
    answer = site.get_without_tls(asked, host=host)
    assert (answer.status, answer.header("Location")) == (308, f"https://{DOMAIN}{asked}")


def test_another_name_is_refused(site: Site) -> None:
    assert site.get("/healthz", {"Host": "elsewhere.invalid"}).status == 421


def test_the_health_check_goes_on(site: Site) -> None:
    site.server.machine.run("ask-healthz")


def test_tls_is_mozillas_intermediate_profile(site: Site) -> None:
    """The one thing that is not is the authority, which nobody trusts."""
    program = shutil.which("sslyze", path=str(Path(sys.executable).parent))
    assert program, "sslyze is not installed"
    target = f"{DOMAIN}:{site.https_port}{{127.0.0.1}}"
    done = subprocess.run(
        [program, "--mozilla_config", "intermediate", target],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    found = done.stdout.split("COMPLIANCE AGAINST", 1)[1]
    complaints = [line.split(":")[0].strip() for line in found.splitlines() if line.strip().startswith("* ")]
    assert complaints == ["* certificate_path_validation"], done.stdout


def test_the_key_is_not_for_other_services(site: Site) -> None:
    """A unit of the user www-data that is not the web server's."""
    unit = "sudo systemd-run --quiet --pipe --wait --collect --uid www-data --gid www-data"
    done = site.server.machine.attempt(f"{unit} cat /etc/tls/application.pem")
    assert done.returncode != 0
    assert "Permission denied" in done.stderr


def test_a_second_run_changes_nothing_and_verify_agrees(site: Site, figures: dict[str, str]) -> None:
    again = site.take(site.pair)
    assert again.changed == 0
    figures["HTTPS again"] = f"{again.seconds:.0f} s"
    done = site.play("verify.yml", tls_source="files")
    assert done.status == 0, done.output


def test_a_renewed_certificate_costs_no_request(
    gateway: Gateway, site: Site, figures: dict[str, str]
) -> None:
    before = site.serial()
    renewed = site.authority.issue(DOMAIN)
    with Visits(site) as visits:
        site.take(renewed)
        wait_until(lambda: site.serial() != before, "the new certificate is served", 20)
    figures["renewal"] = f"{visits.failed.total()} of {visits.sent} failed"
    assert visits.sent > 20
    assert_lost(gateway, visits)


def test_hsts_is_sent_where_it_was_asked_for_and_over_tls_alone(site: Site) -> None:
    assert site.get("/healthz").header("Strict-Transport-Security") == ""
    pair = site.authority.issue(DOMAIN)
    site.take(pair, tls_hsts=300)
    wait_until(lambda: site.get("/healthz").header("Strict-Transport-Security") == "max-age=300", "HSTS", 20)
    assert site.get_without_tls("/healthz", host="localhost").header("Strict-Transport-Security") == ""
    assert site.get_without_tls("/healthz").header("Strict-Transport-Security") == ""


@pytest.mark.long
def test_a_bare_host_has_https_after_one_run_and_keeps_it_with_another_gateway(
    servers: Servers, authority: Authority
) -> None:
    server, pair = servers.bare("domain"), authority.issue(DOMAIN)
    options = ["--domain", DOMAIN, "--certificate", str(pair.certificate), "--key", str(pair.key)]
    for gateway in ("nginx-fastcgi", "lighttpd-scgi"):
        assert server.made("provision", gateway, *options).changed > 0
        assert Site(server, authority).get("/probe/hello").body == b"Hello, World!"
        assert server.made("provision", gateway, *options).changed == 0
        server.made("verify", gateway, *options)


@pytest.fixture
def acme(site: Site, authority: Authority, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables for an ACME server that runs; afterwards the site has a certificate of files again."""
    machine = site.server.machine
    start_pebble(site.server, authority.issue("localhost"), authority.certificate)
    root = tmp_path / "root.pem"
    root.write_text(machine.run(f"python3 -c '{ASK_FOR_ROOT}'"))
    site.trusted = root
    yield {"tls_source": "acme", "tls_acme_server": "https://localhost:14000/dir"}
    site.trusted = authority.certificate
    machine.run("sudo systemctl stop pebble")
    site.take(authority.issue(DOMAIN))


def test_a_certificate_comes_from_an_acme_server_and_is_renewed(
    gateway: Gateway, site: Site, acme: dict[str, str], figures: dict[str, str]
) -> None:
    done = site.play("site.yml", **acme)
    assert done.status == 0, done.output
    before = site.serial()
    with Visits(site) as visits:
        site.server.machine.run(f"{RENEW} --cert-name {DOMAIN}", seconds=120)
        wait_until(lambda: site.serial() != before, "the renewed certificate is served", 20)
    again = site.play("site.yml", **acme)
    figures["renewal by ACME"] = f"{visits.failed.total()} of {visits.sent} failed"
    assert_lost(gateway, visits)
    assert again.changed == 0


@pytest.mark.long
def test_the_certificate_is_that_of_the_domain_whatever_was_there_before(
    site: Site, authority: Authority, acme: dict[str, str]
) -> None:
    def play(playbook: str, **variables: object) -> None:
        done = site.play(playbook, **acme, **variables)
        assert done.status == 0, done.output

    # Another Pebble has issued it, with another root.
    site.server.machine.attempt(f"sudo certbot delete --non-interactive --cert-name {DOMAIN}")
    play("site.yml")
    first, asked = site.serial(), site.trusted
    for playbook in ("site.yml", "verify.yml"):
        play(playbook, domain=f"www.{DOMAIN}")
    play("site.yml")
    assert site.serial() == first
    # That of the other domain is renewed as well, and not taken.
    site.server.machine.run(f"{RENEW} --cert-name www.{DOMAIN}", seconds=120)
    assert site.serial() == first
    site.trusted = authority.certificate
    site.take(authority.issue(DOMAIN))
    site.trusted = asked
    play("site.yml")
    assert site.serial() == first


RENEW = "sudo certbot renew --force-renewal --no-random-sleep-on-renew"
ASK_FOR_ROOT = """
import urllib.request
print(urllib.request.urlopen("https://localhost:15000/roots/0").read().decode())
"""
PEBBLE = {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": "/etc/pebble.pem",
    "privateKey": "/etc/pebble.key",
    "httpPort": 80,
    "tlsPort": 443,
}


def start_pebble(server: Server, pair: Pair, authority: Path) -> None:
    """Let's Encrypt's server for tests, on the machine itself, which takes DOMAIN for its own name."""
    machine = server.machine
    files = {
        "/etc/pebble.pem": pair.certificate.read_text(),
        "/etc/pebble.key": pair.key.read_text(),
        "/etc/pebble.json": json.dumps({"pebble": PEBBLE}),
        "/usr/local/share/ca-certificates/tests.crt": authority.read_text(),
    }
    for path, text in files.items():
        machine.run(f"echo {shlex.quote(text)} | sudo tee {path} >/dev/null")
    machine.run("sudo update-ca-certificates")
    names = f"{DOMAIN} www.{DOMAIN}"
    machine.run(f"grep {DOMAIN} /etc/hosts || echo 127.0.0.1 {names} | sudo tee -a /etc/hosts")
    machine.run("sudo apt-get install -y --no-install-recommends pebble", seconds=180)
    # Another Pebble may have been there, and this one knows none of its accounts.
    machine.run("sudo rm -rf /etc/letsencrypt/accounts/localhost:14000")
    settings = "--setenv PEBBLE_VA_NOSLEEP=1 --setenv PEBBLE_WFE_NONCEREJECT=0"
    machine.run(f"sudo systemd-run --unit pebble --collect {settings} pebble -config /etc/pebble.json")
    wait_until(lambda: machine.attempt(f"python3 -c '{ASK_FOR_ROOT}'").returncode == 0, "pebble answers", 30)


class Visits:
    """``with Visits(site) as visits: …`` sends requests all the while, over kept and over new connections."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stopped = threading.Event()
        self.sent = 0
        self.failed: Counter[str] = Counter()

    def __enter__(self) -> "Visits":
        self._threads = ThreadPoolExecutor(2)
        self._visits = [self._threads.submit(self._visit, keep=keep) for keep in (True, False)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._threads.shutdown()
        for visit in self._visits:
            sent, failed = visit.result()
            self.sent += sent
            self.failed.update(failed)

    def _visit(self, *, keep: bool) -> tuple[int, Counter[str]]:
        failed: Counter[str] = Counter()
        sent = 0
        deadline = time.monotonic() + 300
        client: http.client.HTTPConnection | None = None
        while not self._stopped.is_set() and time.monotonic() < deadline:
            sent += 1
            was_kept = client is not None
            try:
                client = client or self._site.client()
                try:
                    body = fetch(client)
                except (
                    http.client.RemoteDisconnected,
                    ConnectionResetError,
                    BrokenPipeError,
                    ssl.SSLEOFError,
                ):
                    # Before any byte of the answer: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
                    if not was_kept:
                        raise
                    client.close()
                    client = self._site.client()
                    body = fetch(client)
                if body != b"Hello, World!":
                    failed[f"kept={keep}: {body[:40].decode()}"] += 1
            except (OSError, http.client.HTTPException) as error:
                failed[f"kept={keep}: {error!r}"] += 1
                if client:
                    client.close()
                client = None
            if client and (not keep or client.sock is None):
                client.close()
                client = None
            time.sleep(0.02)
        if client:
            client.close()
        return sent, failed


def fetch(client: http.client.HTTPConnection) -> bytes:
    """The body of the answer, or its status unless that is 200."""
    client.request("GET", "/probe/hello")
    answer = client.getresponse()
    body = answer.read()
    return body if answer.status == 200 else f"status {answer.status}".encode()


def assert_lost(gateway: Gateway, visits: Visits) -> None:
    """No request is lost, or, by chance, two of each visitor, with an answer that says so."""
    loses = gateway.has_quirk("graceful-restart-loses-requests")
    loses |= gateway.has_quirk("restart-may-lose-requests")
    assert visits.failed.total() <= (4 if loses else 0), visits.failed
    assert all(reason.endswith(("status 502", "status 503")) for reason in visits.failed), visits.failed
