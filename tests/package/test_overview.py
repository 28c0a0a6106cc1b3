"""docs/gateways.md lists every gateway by its web server, and is what the folders make of it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from wsgi_gateways import overview
from wsgi_gateways.catalogue import NO_WEB_SERVER, Gateway, Quirk, read_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUE = read_catalogue(ROOT)
NGINX = CATALOGUE["nginx-fastcgi"]


def test_the_overview_is_up_to_date() -> None:
    assert not overview.is_stale(ROOT), f"{overview.PAGE}: `make overview` makes it anew"


def test_a_gateway_is_in_the_table_of_its_web_server() -> None:
    _, _, table = overview.page(CATALOGUE.values()).partition("\n## nginx\n")
    table = table.partition("\n## ")[0]
    row = "| [nginx-fastcgi](../images/nginx-fastcgi/) | FastCGI | gunicorn | 8124 | [nginx](../"
    assert row in table
    assert "lighttpd" not in table


def test_gateways_without_a_web_server_come_last() -> None:
    alone = replace(NGINX, name="alone", web_server=NO_WEB_SERVER)
    headings = re.findall(r"^## (.+)$", overview.page([alone, *CATALOGUE.values()]), re.MULTILINE)
    assert headings[-2:] == [overview.ALONE, "Quirks"]
    assert headings.index("Apache") < headings.index("lighttpd") < headings.index("nginx")


def test_a_gateway_without_quirks_says_so() -> None:
    page = overview.page([replace(NGINX, quirks=())])
    assert "| [0](#nginx-fastcgi) |" in page
    assert page.endswith("\n### nginx-fastcgi\n\nNone is known.\n")


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        (
            "RFC 9112, section 6.3",
            "[RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)",
        ),
        ("RFC 3875", "[RFC 3875](https://www.rfc-editor.org/rfc/rfc3875)"),
        ("PEP 3333, Error Handling", "[PEP 3333, Error Handling](https://peps.python.org/pep-3333/)"),
        ("https://nginx.org/en/docs/", "[nginx.org](https://nginx.org/en/docs/)"),
    ],
)
def test_a_quirk_links_to_its_reference(reference: str, link: str) -> None:
    gateway: Gateway = replace(NGINX, quirks=(Quirk("odd", "It is odd.", reference),))
    assert overview.page([gateway]).endswith(f"\n### nginx-fastcgi\n\n- `odd`: It is odd. {link}\n")


def test_another_folder_makes_the_page_stale_until_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = {"nginx-fastcgi": NGINX}
    monkeypatch.setattr(overview, "read_catalogue", lambda _: catalogue)
    (tmp_path / "docs").mkdir()
    assert overview.is_stale(tmp_path)
    overview.write(tmp_path)
    assert not overview.is_stale(tmp_path)
    catalogue["nginx-odd"] = replace(NGINX, name="nginx-odd")
    assert overview.is_stale(tmp_path)
