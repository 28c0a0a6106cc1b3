"""GATEWAYS= and GATEWAY= mean the same everywhere: names, families or all."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from wsgi_gateways.catalogue import NO_WEB_SERVER, read_catalogue
from wsgi_gateways.output import Problem
from wsgi_gateways.selection import DEFAULT, choose, choose_default, choose_one, families

CATALOGUE = read_catalogue(Path(__file__).parents[2])
ALONE = replace(CATALOGUE["nginx-scgi"], name="nothing-before-it", web_server=NO_WEB_SERVER)


def test_no_word_means_all() -> None:
    assert choose(CATALOGUE, []) == choose(CATALOGUE, ["all"]) == list(CATALOGUE)


def test_a_family_is_all_gateways_of_a_web_server() -> None:
    named = [name for name, gateway in CATALOGUE.items() if gateway.web_server == "lighttpd"]
    assert choose(CATALOGUE, ["lighttpd"]) == named


def test_each_is_chosen_once_in_the_order_of_the_words() -> None:
    names = choose(CATALOGUE, ["nginx-scgi", "apache-cgi", "nginx"])
    assert names[:2] == ["nginx-scgi", "apache-cgi"]
    assert len(names) == len(set(names))


def test_gateways_without_a_web_server_are_a_family_too() -> None:
    assert families({ALONE.name: ALONE}) == {"alone": [ALONE.name]}


def test_a_gateway_that_is_called_like_a_family_is_meant_by_itself() -> None:
    catalogue = {**CATALOGUE, "nginx": CATALOGUE["nginx-scgi"]}
    assert choose(catalogue, ["nginx"]) == ["nginx"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("nginx-fastcig", "no gateway is called nginx-fastcig: did you mean nginx-fastcgi"),
        ("ngnix", "did you mean nginx"),
        ("tomcat", "there are apache-mod-wsgi-embedded, "),
    ],
)
def test_an_unknown_word_gets_the_nearest_names_and_the_families(word: str, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence) as caught:
        choose(CATALOGUE, ["nginx-scgi", word])
    assert caught.value.status == 2
    assert "(or a family: all, apache, " in str(caught.value)


def test_without_a_word_up_starts_a_few() -> None:
    assert choose_default(CATALOGUE, []) == [*DEFAULT]
    assert choose_default(CATALOGUE, ["apache-cgi"]) == ["apache-cgi"]
    assert len({CATALOGUE[name].interface for name in DEFAULT}) == len({*DEFAULT} - {"gunicorn"})


@pytest.mark.parametrize(
    ("words", "said"), [([], "one gateway:"), ([""], "one gateway:"), (["nginx"], "nginx is")]
)
def test_who_is_about_one_gateway_wants_one(words: Sequence[str], said: str) -> None:
    assert choose_one(CATALOGUE, ["nginx-scgi"]) == "nginx-scgi"
    with pytest.raises(Problem, match=said) as caught:
        choose_one(CATALOGUE, words)
    assert caught.value.status == 2
