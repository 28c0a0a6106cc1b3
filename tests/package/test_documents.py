"""What the documents say of the project is what the project is."""

import re
import tomllib
from pathlib import Path

import pytest

from wsgi_gateways.catalogue import read_catalogue

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("images/**/README.md")]
CATALOGUE = read_catalogue(ROOT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_readme_of_a_gateway_names_its_layers_first(name: str) -> None:
    title, _, layers, *_ = (ROOT / "images" / name / "README.md").read_text().splitlines()
    assert title == f"# {name}"
    links = [f"[{layer}](../layers/{layer}/)" for layer in CATALOGUE[name].layers]
    assert layers == f"Layers: {', '.join(links) or 'none but the base'}."


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_readme_of_a_gateway_says_when_it_is_good_and_when_not(name: str) -> None:
    readme = (ROOT / "images" / name / "README.md").read_text()
    assert "\nGood when:\n" in readme
    assert "\nNot when:\n" in readme


def test_every_verb_of_make_that_a_document_names_exists() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= verbs


def test_the_tests_that_make_names_exist() -> None:
    named = re.search(r"^UNIT_TESTS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named
    assert [path for path in named[1].split() if not (ROOT / path).is_dir()] == []


def test_every_folder_of_tests_runs() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"][
        "testpaths"
    ]
    assert set(listed) == {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("tests/*/test_*.py")}


def test_every_direct_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    chosen = [*project["project"]["optional-dependencies"]["cli"], *project["dependency-groups"]["dev"]]
    for path in [
        ROOT / "app/requirements.in",
        *ROOT.glob("images/**/requirements.in"),
        ROOT / "bench/journey/requirements.in",
    ]:
        chosen += path.read_text().split()
    reasons = (ROOT / "docs/dependencies.md").read_text()
    names = {re.split(r"[<>=[]", each)[0] for each in chosen}
    assert [
        name for name in names if not re.search(rf"^\|.*\b{re.escape(name)}\b", reasons, re.MULTILINE)
    ] == []
