"""Three application hosts behind a balancer, one database: what visitors notice of what happens there."""

import json
import re
import shlex
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.containers.container import docker
from tests.gateways.test_board import send
from tests.servers.applications import BROKEN_IN_PLACE, GOOD, make_application
from tests.servers.cluster import APPLICATIONS, BALANCER, DATABASE, HOSTS, Cluster, changed
from tests.servers.load import Load
from tests.servers.server import Done
from tests.waiting import wait_until

# Five machines and a roll over three of them take their time.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
VISITORS_OF_EACH_KIND = 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The machines; the first test provisions them."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        cluster.make_artifacts()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def provisioned(cluster: Cluster) -> Done:
    """The first run, which all others stand on."""
    return cluster.played("site.yml", "-vvv")


@pytest.fixture
def site(cluster: Cluster, provisioned: Done) -> Cluster:
    """The provisioned cluster, all of it healthy."""
    assert provisioned.status == 0
    wait_until(lambda: cluster.states() == dict.fromkeys(APPLICATIONS, "UP"), "all hosts are up", 60)
    return cluster


@pytest.fixture
def subject() -> str:
    return "cluster"


def load_for(cluster: Cluster) -> Load:
    # Three releases, one after the other, may take longer than what other tests wait for.
    return Load(cluster.port, VISITORS_OF_EACH_KIND, seconds=1500)


def test_one_run_makes_all_of_it(cluster: Cluster, provisioned: Done, figures: dict[str, str]) -> None:
    figures["provisioned in"] = f"{provisioned.seconds:.0f} s"
    assert all(changed(provisioned)[host] > 0 for host in HOSTS)
    assert httpx.get(f"{cluster.address}/healthz", trust_env=False).text == "ok\n"


def test_no_secret_is_shown(site: Cluster, provisioned: Done) -> None:
    """Neither in what Ansible says at its most talkative, nor in a command line or a log of any host."""
    everywhere = (
        "sudo sh -c 'cat /proc/[0-9]*/cmdline; journalctl --boot; cat /var/log/postgresql/* 2>/dev/null'"
    )
    for secret in (site.secret("database"), site.secret("key")):
        assert secret not in provisioned.output
        for host in HOSTS:
            assert secret not in site.machines[host].run(f"{everywhere} || true", seconds=120), host


def test_only_root_reads_the_settings(site: Cluster) -> None:
    for host in APPLICATIONS:
        listed = site.machines[host].run("stat --format '%U %a' /etc/application.env")
        assert listed == "root 600\n"


def test_a_second_run_changes_nothing_and_verify_agrees(site: Cluster, figures: dict[str, str]) -> None:
    again = site.played("site.yml")
    figures["second run"] = f"{again.seconds:.0f} s"
    assert changed(again) == dict.fromkeys(HOSTS, 0)
    assert changed(site.played("site.yml", "--check")) == dict.fromkeys(HOSTS, 0)
    assert changed(site.played("verify.yml")) == dict.fromkeys(HOSTS, 0)


def test_requests_go_to_all_application_hosts(site: Cluster) -> None:
    since = site.now()
    for _ in range(12):
        assert httpx.get(f"{site.address}/probe/hello", trust_env=False).text == "Hello, World!"
    wait_until(lambda: set(requests_by_host(site.log(since))) == set(APPLICATIONS), "all had requests", 10)


def test_a_visitor_cannot_say_for_another_where_they_come_from(site: Cluster) -> None:
    headers = {"X-Forwarded-For": "192.0.2.99", "X-Forwarded-Proto": "https"}
    environ = httpx.get(f"{site.address}/probe/environ", headers=headers, trust_env=False).json()
    assert "192.0.2.99" not in environ["HTTP_X_FORWARDED_FOR"]["value"]
    assert environ["HTTP_X_FORWARDED_PROTO"]["value"] == "http"


def test_what_is_posted_on_one_host_is_read_on_the_others_by_the_same_login(site: Cluster) -> None:
    writer, *readers = (f"http://127.0.0.1:{site.machines[host].http_port}" for host in APPLICATIONS)
    with httpx.Client(base_url=writer, trust_env=False, timeout=30) as client:
        send(client, "/signup", "/signup", name="Ann", password="a long enough password")
        thread = send(client, "/threads/new", "/threads", title="Café", body="Hello, all hosts.").url.path
        cookies = dict(client.cookies)
    for number, reader in enumerate(readers, start=2):
        with httpx.Client(base_url=reader, trust_env=False, timeout=30, cookies=cookies) as client:
            page = send(client, thread, f"{thread}/replies", body=f"Reply {number}.").text
            assert "Hello, all hosts." in page
            assert f"Reply {number}." in page


def test_hosts_that_start_together_make_the_tables_once(site: Cluster) -> None:
    """Six processes on three hosts look at an empty database in the same moment."""
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION board"
    site.psql(empty)
    with ThreadPoolExecutor(2 * len(APPLICATIONS)) as together:
        moment = time.time() + 20
        as_unit = "sudo systemd-run --quiet --collect --pipe --wait --uid www-data"
        command = f"{as_unit} {PROPERTIES} /srv/app/current/venv/bin/python3 -c"
        command += f" {shlex.quote(LOOK_AT_THE_TABLES.format(moment=moment))}"
        looks = [
            together.submit(site.machines[host].attempt, command) for host in APPLICATIONS for _ in range(2)
        ]
    assert [look.result().stderr for look in looks if look.result().returncode] == []


def test_the_database_lets_in_nobody_else(site: Cluster) -> None:
    """Even without a password it says that it is the address that it does not want."""
    address = site.machines[DATABASE].run("hostname --ip-address").split()[0]
    answer = site.machines[BALANCER].run(f"python3 -c {shlex.quote(ASK_TO_LOG_IN)} {address}")
    assert "no pg_hba.conf entry" in answer


def test_a_release_rolls_over_all_hosts_without_a_failed_request(
    site: Cluster, figures: dict[str, str], tmp_path: Path
) -> None:
    application = make_application(tmp_path / "app", GOOD.format(version="second"))
    hook = application / "migrate"
    hook.write_text(MIGRATE)
    hook.chmod(0o755)
    site.make_artifacts(application)
    before = {host: site.release(host) for host in APPLICATIONS}
    with load_for(site) as load:
        released = site.played("release.yml")
    figures["rolling release"] = f"{released.seconds:.0f} s, {load}"
    assert not load.failed
    assert load.fewest > 50
    assert [site.version(host) for host in APPLICATIONS] == ["second"] * 3
    assert order_of_drains(released) == list(APPLICATIONS)
    assert site.psql("SELECT count(*) FROM migrated") == "1\n"

    with load_for(site) as load:
        back = site.played("rollback.yml")
    figures["rolling back"] = f"{back.seconds:.0f} s, {load}"
    assert not load.failed
    assert {host: site.release(host) for host in APPLICATIONS} == before


def test_a_broken_release_stops_at_the_first_host(
    site: Cluster, figures: dict[str, str], tmp_path: Path
) -> None:
    site.make_artifacts(make_application(tmp_path / "app", BROKEN_IN_PLACE))
    before = {host: site.release(host) for host in APPLICATIONS}
    with load_for(site) as load:
        refused = site.play("release.yml")
    figures["broken release"] = f"{refused.seconds:.0f} s, {load}"
    assert refused.status != 0
    assert "serves again" in refused.output
    assert order_of_drains(refused) == [APPLICATIONS[0]]
    assert not load.failed
    assert {host: site.release(host) for host in APPLICATIONS} == before
    assert site.states() == dict.fromkeys(APPLICATIONS, "UP")


def test_a_host_that_is_lost_in_the_middle_ends_the_roll(site: Cluster, tmp_path: Path) -> None:
    lost, *others = APPLICATIONS
    site.make_artifacts(make_application(tmp_path / "app", GOOD.format(version="third")))
    before = {host: site.release(host) for host in others}
    with ThreadPoolExecutor(1) as aside:
        release = aside.submit(site.play, "release.yml")
        wait_until(lambda: site.states()[lost] == "DRAIN", "it is drained", 60)
        docker("kill", site.machines[lost].name)
    refused = release.result()
    assert refused.status != 0
    assert f"{lost} could not be reached any more and may still be drained" in " ".join(
        refused.output.split()
    )
    assert {host: site.release(host) for host in others} == before

    docker("start", site.machines[lost].name)
    site.machines[lost].await_boot()
    site.played("release.yml")
    assert [site.version(host) for host in APPLICATIONS] == ["third"] * 3
    site.played("verify.yml")


def test_a_site_may_move_to_another_port(site: Cluster) -> None:
    """HAProxy's memory of its servers, which a reload needs, has the ports as well."""
    sites = json.dumps({"balancer_sites": [{"name": "application", "port": 8081}]})
    moved = site.play("site.yml", "--limit", BALANCER, "--extra-vars", sites)
    states = site.states()
    site.played("site.yml", "--limit", BALANCER)
    assert moved.status != 0
    assert states == dict.fromkeys(APPLICATIONS, "DOWN"), "nobody answers there"


def test_a_drained_host_gets_nothing_until_it_is_ready_again(site: Cluster) -> None:
    """A reload of HAProxy does not forget it, and loses no request."""
    drained, *others = APPLICATIONS
    site.balance("drain", drained)
    assert site.play("verify.yml", "--limit", BALANCER).status != 0
    with load_for(site) as load:
        for _ in range(3):
            site.machines[BALANCER].run("sudo systemctl reload haproxy")
            wait_until(lambda: site.states()[drained] == "DRAIN", "the new process knows it", 20)
        since = site.now()
        wait_until(lambda: requests_by_host(site.log(since)).total() > 50, "visitors go on", 30)
        assert set(requests_by_host(site.log(since))) <= set(others)
    site.balance("ready", drained)
    assert not load.failed


def test_the_last_healthy_host_is_not_drained(site: Cluster) -> None:
    *drained, last = APPLICATIONS
    for host in drained:
        site.balance("drain", host)
    refused = site.machines[BALANCER].attempt(f"sudo balance drain {last}", seconds=90)
    states = site.states()
    for host in drained:
        site.balance("ready", host)
    assert (refused.returncode, states[last]) == (3, "UP")


def test_a_host_that_is_killed_costs_the_requests_that_it_had_and_no_other(
    site: Cluster, figures: dict[str, str]
) -> None:
    """A request has failed with good reason if that host had it, or part of it, when it was killed, and if it
    was a POST or its answer had begun: nobody knows whether it was done, so it is not sent to another host.
    Each visitor has one request at a time. All that is asked afterwards is answered."""
    killed = APPLICATIONS[1]
    since = site.now()
    with load_for(site) as load:
        wait_until(lambda: killed in requests_by_host(site.log(since)), "it has visitors", 20)
        docker("kill", site.machines[killed].name)
        wait_until(lambda: site.states()[killed] == "DOWN", "the balancer has noticed", 30)
    failed = [line for line in site.log(since) if is_failed(line)]
    figures["one host killed"] = str(load)
    assert load.failed.total() <= len(failed) <= 2 * VISITORS_OF_EACH_KIND
    assert set(requests_by_host(failed)) <= {killed}, failed
    assert all('"POST ' in line for line in failed), failed

    since = site.now()
    with load_for(site) as load:
        wait_until(lambda: requests_by_host(site.log(since)).total() > 50, "visitors go on", 30)
        docker("start", site.machines[killed].name)
        site.machines[killed].await_boot()
        wait_until(lambda: site.states()[killed] == "UP", "it is back", 60)
    figures["and coming back"] = str(load)
    assert not load.failed


def test_a_host_that_is_drained_and_rebooted_costs_no_request(site: Cluster, figures: dict[str, str]) -> None:
    rebooted = APPLICATIONS[2]
    with load_for(site) as load:
        site.balance("drain", rebooted)
        site.machines[rebooted].reboot()
        site.balance("ready", rebooted)
    figures["drained and rebooted"] = str(load)
    assert not load.failed


def test_settings_for_a_cgi_script_are_refused_before_anything_is_changed(site: Cluster) -> None:
    refused = site.play("site.yml", "--extra-vars", "gateway=apache-cgi")
    assert refused.status != 0
    assert "a CGI script gets none" in refused.output
    assert changed(refused) == dict.fromkeys(HOSTS, 0)


# As the unit of the application runs.
PROPERTIES = "--property EnvironmentFile=/etc/application.env --property WorkingDirectory=/srv/app/current"
# Counts how often it has run.
MIGRATE = """#!/srv/app/current/venv/bin/python3
import os
from sqlalchemy import create_engine, text
with create_engine(os.environ["DATABASE_URL"]).begin() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS migrated ()"))
    connection.execute(text("INSERT INTO migrated DEFAULT VALUES"))
"""
LOOK_AT_THE_TABLES = """
import time
from board.database import Database
from board.settings import Settings
database = Database(Settings.from_environ().database_url)
time.sleep(max(0, {moment} - time.time()))
with database.reading():
    pass
"""
# A start of a session without encryption: https://www.postgresql.org/docs/17/protocol-message-formats.html
ASK_TO_LOG_IN = r"""
import socket, struct, sys
wanted = b"user\0board\0database\0board\0\0"
with socket.create_connection((sys.argv[1], 5432), 10) as connection:
    connection.sendall(struct.pack("!ii", len(wanted) + 8, 196608) + wanted)
    print(connection.recv(65536))
"""


def order_of_drains(done: Done) -> list[str]:
    """The application hosts in the order in which a playbook has drained them."""
    drain = re.compile(
        r"TASK \[balancer : The balancers send no requests to .*?\n(?P<said>.*?)\n\n", re.DOTALL
    )
    found = (re.search(r"changed: \[(\S+)", said["said"]) for said in drain.finditer(done.output))
    return [host[1] for host in found if host]


def requests_by_host(lines: list[str]) -> Counter[str]:
    """How many of HAProxy's lines are about which host."""
    found = (re.search(r" application/(\S+) ", line) for line in lines)
    return Counter(host[1] for host in found if host)


def is_failed(line: str) -> bool:
    """Whether HAProxy's line is about a request that was not answered with success."""
    found = re.search(r" application/\S+ \S+ (?P<status>-?\d+) \d+ \S+ \S+ (?P<end>\S{4}) ", line)
    return found is not None and (found["status"] != "200" or found["end"][0] in "SPRI")
