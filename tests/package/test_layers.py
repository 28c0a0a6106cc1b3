"""A gateway consists of its layers' files and its own, which win; `make files` shows and copies them."""

from pathlib import Path

import pytest

from wsgi_gateways import layers, tree
from wsgi_gateways.catalogue import CatalogueError
from wsgi_gateways.output import Problem

ROOT = Path(__file__).parents[2]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    files = {
        "layers/base/packages.txt": "python3\n",
        "layers/base/sandbox.conf": "the sandbox",
        "layers/base/usr/local/bin/with-knobs": "knobs",
        "layers/base/container/etc/only-in-images": "",
        "layers/nginx/packages.txt": "nginx\npython3\n",
        "layers/nginx/etc/nginx/nginx.conf": "of the layer",
        "layers/nginx/etc/nginx/mine.conf": "of the layer",
        "nginx-odd/gateway.yml": "layers: [nginx]\nunits: [nginx.service, application.service]\n",
        "nginx-odd/etc/nginx/mine.conf": "of the gateway",
        "nginx-odd/packages.txt": "odd\n",
    }
    for name, text in files.items():
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "images/layers/base/usr/local/bin/with-knobs").chmod(0o755)
    (tmp_path / "gateway.env").write_text("WORKERS=\n")
    return tmp_path / "images"


def test_a_gateways_own_file_wins_over_that_of_a_layer(images: Path) -> None:
    merged = layers.merge(images, "nginx-odd")
    assert merged[Path("etc/nginx/nginx.conf")].read_text() == "of the layer"
    assert merged[Path("etc/nginx/mine.conf")].read_text() == "of the gateway"


def test_the_sandbox_is_placed_for_each_unit(images: Path) -> None:
    merged = layers.merge(images, "nginx-odd")
    for unit in ("nginx.service", "application.service"):
        assert merged[Path(f"etc/systemd/system/{unit}.d/sandbox.conf")].read_text() == "the sandbox"


def test_what_only_an_image_has_is_not_among_the_files(images: Path) -> None:
    assert "only-in-images" not in str(layers.merge(images, "nginx-odd"))


def test_packages_are_those_of_all_layers_each_once(images: Path) -> None:
    assert layers.packages(images, "nginx-odd") == ["python3", "nginx", "odd"]


@pytest.mark.parametrize(("name", "hint"), [("ngnix", r" \(did you mean nginx\?\)"), ("tomcat", "")])
def test_a_layer_that_is_not_there_is_a_sentence_with_those_that_are(
    images: Path, name: str, hint: str
) -> None:
    (images / "nginx-odd/gateway.yml").write_text(f"layers: [{name}]\nunits: []\n")
    with pytest.raises(CatalogueError, match=f"there is no layer '{name}'{hint}; there are base, nginx$"):
        layers.merge(images, "nginx-odd")


def test_the_files_are_copied_complete_with_their_modes(images: Path, tmp_path: Path) -> None:
    files = tree.tree(images.parent, "nginx-odd")
    tree.write(files, tmp_path / "copy")
    copied = {
        path.relative_to(tmp_path / "copy") for path in (tmp_path / "copy").rglob("*") if path.is_file()
    }
    assert copied == set(files) > {Path("etc/gateway.env"), Path("usr/local/bin/with-knobs")}
    assert (tmp_path / "copy/usr/local/bin/with-knobs").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "copy/etc/gateway.env").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_holds_something_is_left_as_it_is(images: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/mine").write_text("mine")
    with pytest.raises(Problem, match=r"is not empty: name a new folder") as caught:
        tree.write(tree.tree(images.parent, "nginx-odd"), tmp_path / "copy")
    assert caught.value.status == 2
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("images/layers/nginx/etc/nginx/nginx.conf", "layers/nginx"),
        ("images/nginx-fastcgi/etc/nginx/application.conf", "nginx-fastcgi"),
        ("gateway.env", "gateway.env"),
    ],
)
def test_each_file_says_where_it_is_from(path: str, said: str) -> None:
    assert tree.origin(ROOT, ROOT / path) == said


def test_a_package_may_come_from_another_suite(images: Path) -> None:
    (images / "nginx-odd/packages.txt").write_text("odd/trixie-backports\n")
    assert layers.packages(images, "nginx-odd") == ["python3", "nginx", "odd"]
    assert layers.packages_of_other_suites(images, "nginx-odd") == ["odd/trixie-backports"]
