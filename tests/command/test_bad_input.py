"""Bad input gets a clear sentence that names the fix, an exit status, and changes nothing."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.conftest import Checkout

LOCAL = ("up", "down", "ps", "logs", "engine", "timings")
ON_SERVERS = ("artifacts", "provision", "verify", "release", "rollback")


def test_an_unknown_gateway_gets_the_nearest_names(checkout: Checkout) -> None:
    done = checkout.command("up", "nginx-fastcgi", "nginx-fastcig")
    assert done.returncode == 2
    assert "no gateway is called nginx-fastcig: did you mean nginx-fastcgi" in done.stderr


def test_an_unknown_word_gets_gateways_and_families(checkout: Checkout) -> None:
    done = checkout.command("up", "tomcat")
    assert done.returncode == 2
    assert "lighttpd-scgi" in done.stderr
    assert "a family: all, apache, nginx" in done.stderr


def test_a_layer_that_is_not_there_is_named_before_anything_is_built(checkout: Checkout) -> None:
    checkout.edit("images/nginx-scgi/gateway.yml", "layers: [nginx", "layers: [ngnix")
    done = checkout.command("up", "nginx-scgi")
    assert done.returncode == 1
    assert "nginx-scgi/gateway.yml: there is no layer 'ngnix' (did you mean nginx?)" in done.stderr
    assert "built" not in done.stdout


def test_a_taken_port_is_named_with_its_holder_and_the_variable_that_moves_it(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = checkout.command("up", "nginx-fastcgi", NGINX_FASTCGI_PORT=str(port))
    assert done.returncode == 1
    assert f"port {port} of nginx-fastcgi is taken by" in done.stderr
    assert "NGINX_FASTCGI_PORT=" in done.stderr
    assert "make up" in done.stderr


def test_two_gateways_with_one_port_are_named(checkout: Checkout) -> None:
    done = checkout.command("up", "nginx-fastcgi", "lighttpd-cgi", NGINX_FASTCGI_PORT="9145")
    assert done.returncode == 1
    assert "port 9145 of nginx-fastcgi is wanted by lighttpd-cgi as well" in done.stderr


def test_a_running_gateway_does_not_move_to_a_taken_port(checkout: Checkout) -> None:
    assert checkout.command("up", "lighttpd-cgi").returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = checkout.command("up", "lighttpd-cgi", LIGHTTPD_CGI_PORT=str(port))
    assert done.returncode == 1
    assert f"port {port} of lighttpd-cgi is taken" in done.stderr


def test_a_wrong_knob_is_a_sentence_and_starts_nothing(checkout: Checkout) -> None:
    checkout.edit("gateway.env", "WORKERS=", "WORKERS=abc")
    done = checkout.command("up", "nginx-fastcgi")
    assert done.returncode == 2
    assert "WORKERS=abc is not a whole number from 1 to 32" in done.stderr
    assert "Traceback" not in done.stderr
    assert "not started" in checkout.command("ps").stdout


def test_a_knob_on_the_command_line_is_sent_to_its_file(checkout: Checkout) -> None:
    done = checkout.command("up", WORKERS="8")
    assert done.returncode == 2
    assert "WORKERS is read from gateway.env only" in done.stderr


def test_outside_of_a_clone_the_command_says_where_to_run_it(tmp_path: Path) -> None:
    done = Checkout(tmp_path).command("ps")
    assert done.returncode == 2
    assert "run this in a clone of wsgi-gateways" in done.stderr


@pytest.mark.parametrize("name", [*LOCAL, *ON_SERVERS])
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = [sys.executable, "-m", "wsgi_gateways.cli", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"example: wsgi-gateways {name}" in done.stdout


def test_timings_removes_nothing_before_it_is_told_to(checkout: Checkout) -> None:
    done = checkout.command("timings")
    assert done.returncode == 2
    assert "make timings CONFIRM=yes" in done.stderr
