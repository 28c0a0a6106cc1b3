"""The verbs for servers: what a user types as HOST and APP, and what is said when it is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsgi_gateways import artifacts, provisioning, servers
from wsgi_gateways.output import Problem
from wsgi_gateways.provisioning import Wish
from wsgi_gateways.servers import Host

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("deploy@203.0.113.7", Host("203.0.113.7", "deploy")),
        ("deploy@203.0.113.7:2222", Host("203.0.113.7", "deploy", 2222)),
        ("board.example.org", Host("board.example.org")),
        ("root@[2001:db8::1]:22", Host("2001:db8::1", "root", 22)),
    ],
)
def test_a_host_has_an_address_and_may_have_user_and_port(typed: str, host: Host) -> None:
    assert Host.parse(typed) == host


@pytest.mark.parametrize(
    "typed", ["", "deploy@", "@host", "host:", "host:0", "host:65536", "-oProxyCommand=x", "a b", "h;reboot"]
)
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Problem, match=r"HOST=deploy@203\.0\.113\.7") as refused:
        Host.parse(typed)
    assert refused.value.status == 2


def test_ssh_decides_on_what_the_user_leaves_out() -> None:
    assert Host.parse("board").variables == {"ansible_host": "board"}
    assert Host.parse("deploy@board:2222").variables == {
        "ansible_host": "board",
        "ansible_user": "deploy",
        "ansible_port": 2222,
    }


def test_the_command_to_try_is_the_one_a_user_would_type() -> None:
    assert Host.parse("deploy@board:2222").ssh_command == "ssh -p 2222 deploy@board"
    assert Host.parse("board").ssh_command == "ssh board"


def test_an_inventory_does_not_call_the_host_by_an_address_that_ansible_takes_for_itself() -> None:
    with servers._inventory(Host("127.0.0.1")) as (option, path):
        assert option == "--inventory"
        assert json.loads(Path(path).read_text()) == {
            "all": {"hosts": {"server": {"ansible_host": "127.0.0.1"}}}
        }
    assert not Path(path).exists()


def test_a_folder_without_an_application_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").touch()
    with pytest.raises(Problem, match=r"has no requirements\.txt: name the folder") as refused:
        artifacts.refuse_no_application(tmp_path)
    assert refused.value.status == 2


def test_another_application_is_built_with_our_servers_and_without_its_history(tmp_path: Path) -> None:
    for name in ("wsgi.py", "requirements.txt", ".git/config", "venv/bin/python", "pkg/__pycache__/a.pyc"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    with artifacts._context(ROOT, tmp_path / "root") as context:
        assert sorted(path.name for path in (context / "app").rglob("*") if path.is_file()) == [
            "application.cgi",
            "requirements.txt",
            "wsgi.py",
        ]
        assert (context / "images/layers/base/Dockerfile").exists()
        assert (context / "src/wsgi_gateways/serve/worker.py").exists()
        assert os.access(context / "app/application.cgi", os.X_OK)
    assert not context.exists()


def test_another_application_may_have_a_cgi_script_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "application.cgi").write_text("its own")
    with artifacts._context(ROOT, tmp_path) as context:
        assert (context / "app/application.cgi").read_text() == "its own"


def test_two_runs_at_a_time_have_folders_of_their_own(tmp_path: Path) -> None:
    with artifacts.folder_of_a_run(tmp_path) as one, artifacts.folder_of_a_run(tmp_path) as other:
        assert one != other
    assert not one.exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["provision", "", "nginx-fastcgi"], "HOST= is no host"),
        (["provision", "deploy@203.0.113.7", "nginx-fastcig"], "no gateway is called nginx-fastcig"),
        (["verify", "deploy@203.0.113.7", ""], "this is about one gateway: say GATEWAY="),
        (["release", "deploy@203.0.113.7", "--app", "docs"], "APP=docs has no wsgi.py"),
        (["rollback", "deploy@127.0.0.1:1"], "make `ssh -p 1 deploy@127.0.0.1` work"),
    ],
)
def test_wrong_input_is_a_sentence_and_status_2(command: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wsgi_gateways.cli", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("wish", "application", "words"),
    [
        (Wish("host:0", "nginx-fastcgi"), None, "HOST=host:0 is no host"),
        (Wish("board", "nginx-fastcig"), None, "no gateway is called nginx-fastcig"),
        (Wish("board", "nginx-fastcgi", key=Path("key.pem")), None, "CERTIFICATE= and KEY= go together"),
        (Wish("board", "nginx-fastcgi"), ROOT / "docs", r"docs has no wsgi\.py"),
        (Wish("board", "nginx-fastcgi"), None, "board is out of reach"),
    ],
    ids=["host", "gateway", "certificate", "application", "reach"],
)
def test_what_is_wrong_is_said_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, wish: Wish, application: Path | None, words: str
) -> None:
    def refuse(_: Path, host: Host) -> None:
        raise Problem(f"{host.address} is out of reach", 2)

    def make(*_: object) -> None:
        pytest.fail("something was made")

    monkeypatch.setattr(servers, "refuse_unreachable", refuse)
    monkeypatch.setattr("wsgi_gateways.engine.ensure", make)
    monkeypatch.setattr(artifacts, "make", make)
    with pytest.raises(Problem, match=words) as refused:
        provisioning.provision(ROOT, wish, application)
    assert refused.value.status == 2


@pytest.mark.parametrize(
    ("application", "name"),
    [
        (None, ""),
        (ROOT / "app", "app"),
        (Path("/home/me/shop"), "shop"),
        # As many call theirs; it must not be taken for the sample.
        (Path("/home/me/shop/app"), "shop/app"),
    ],
)
def test_a_server_remembers_which_application_it_has(application: Path | None, name: str) -> None:
    assert artifacts.remembered_name(ROOT, application) == name


def test_whoever_interrupts_a_playbook_is_told_where_that_leaves_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("wsgi_gateways.commands.show", interrupted)
    with pytest.raises(Problem, match=r"run the same again; .* on 203\.0\.113\.7") as told:
        servers.play(ROOT, "release.yml", Host("203.0.113.7"), {})
    assert told.value.status == 130
