"""`up` starts what was asked for, and one gateway that fails does not keep the others from starting."""

import json

import httpx

from tests.command.conftest import Checkout


def states(checkout: Checkout) -> dict[str, str]:
    rows = json.loads(checkout.command("ps", "--json").stdout)
    return {row["name"]: row["state"] for row in rows}


def test_a_subset_starts_with_the_portal_and_down_ends_it(checkout: Checkout) -> None:
    done = checkout.command("up", "lighttpd-cgi")
    assert done.returncode == 0, done.stderr
    assert "http://127.0.0.1:9145/  healthy" in done.stdout
    assert "side by side: http://127.0.0.1:9080/" in done.stdout
    started = states(checkout)
    assert started.pop("lighttpd-cgi") == "healthy"
    assert set(started.values()) == {"not started"}
    assert checkout.command("down").returncode == 0
    assert set(states(checkout).values()) == {"not started"}


def test_a_gateway_that_cannot_be_built_is_named_with_the_step_and_the_others_start(
    checkout: Checkout,
) -> None:
    checkout.edit(
        "images/apache-cgi/Dockerfile", "COPY apache-cgi/etc /etc/", "RUN echo out of paint >&2; exit 3"
    )
    done = checkout.command("up", "apache-cgi", "lighttpd-cgi")
    assert done.returncode == 1
    assert "apache-cgi was not built at the step [" in done.stderr
    assert "out of paint" in done.stderr
    assert states(checkout)["lighttpd-cgi"] == "healthy"


def test_a_layer_that_cannot_be_built_takes_only_its_gateways_along(checkout: Checkout) -> None:
    checkout.edit(
        "images/layers/apache/Dockerfile",
        "FROM wsgi-gateways/base\n",
        "FROM wsgi-gateways/base\nRUN echo no such suite >&2; exit 3\n",
    )
    done = checkout.command("up", "apache-cgi", "apache-ajp", "lighttpd-cgi")
    assert done.returncode == 1
    assert done.stderr.count("apache was not built at the step [") == 1
    assert "no such suite" in done.stderr
    for name in ("apache-cgi", "apache-ajp"):
        assert f"{name} was not built, because its layer apache was not" in done.stderr
    assert states(checkout)["lighttpd-cgi"] == "healthy"


def test_nothing_is_started_where_nothing_can_be_built(checkout: Checkout) -> None:
    checkout.edit(
        "images/lighttpd-cgi/Dockerfile",
        "FROM wsgi-gateways/lighttpd\n",
        "FROM wsgi-gateways/lighttpd\nRUN exit 3\n",
    )
    checkout.edit("portal/Dockerfile", "FROM ${BASE}\n", "FROM ${BASE}\nRUN exit 3\n")
    done = checkout.command("up", "lighttpd-cgi")
    assert done.returncode == 1
    assert "portal was not built at the step [" in done.stderr
    assert "docker compose" not in done.stderr
    assert "not started" in done.stdout
    assert set(states(checkout).values()) == {"not started"}


def test_a_gateway_that_never_gets_healthy_shows_its_log(checkout: Checkout) -> None:
    checkout.edit(
        "images/lighttpd-cgi/Dockerfile",
        'CMD ["lighttpd"',
        'CMD ["sh", "-c", "echo no such colour >&2; exit 1", "lighttpd"',
    )
    done = checkout.command("up", "lighttpd-cgi")
    assert done.returncode == 1
    assert "lighttpd-cgi did not get healthy" in done.stderr
    assert "no such colour" in done.stderr


def test_a_knob_in_gateway_env_reaches_the_application(checkout: Checkout) -> None:
    checkout.edit("gateway.env", "WORKERS=", "WORKERS=1")
    checkout.edit("gateway.env", "THREADS=", "THREADS=3")
    assert checkout.command("up", "nginx-fastcgi").returncode == 0
    shown = httpx.get("http://127.0.0.1:9124/probe/process", trust_env=False).json()
    assert (shown["workers"], shown["threads"]) == ("1", "3")


def test_logs_shows_what_the_gateway_wrote_without_colours_in_a_pipe(checkout: Checkout) -> None:
    assert checkout.command("up", "nginx-fastcgi").returncode == 0
    shown = checkout.command("logs", "nginx-fastcgi").stdout
    assert '"GET /healthz HTTP/1.1" 200' in shown
    assert "\x1b" not in shown
