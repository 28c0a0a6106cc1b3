"""The order in which images are built, and what is said when one of them fails; no engine is asked."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from wsgi_gateways import artifacts, images, lifecycle
from wsgi_gateways.catalogue import CatalogueError
from wsgi_gateways.compose import PORTAL, Stack
from wsgi_gateways.output import Problem

# Of each layer, whether it has a Dockerfile: gunicorn is files only.
LAYERS = {"base": True, "apache": True, "gunicorn": False, "mod-wsgi": True, "nginx": True, "uwsgi": True}
GATEWAYS = {
    "apache-cgi": ["apache"],
    "apache-ajp": ["apache", "gunicorn"],
    "apache-mod-wsgi": ["apache", "mod-wsgi"],
    "nginx-uwsgi": ["nginx", "uwsgi"],
    "bare": [],
}
WORDS_OF_A_FAILURE = " > [2/3] RUN make it:\nno such package\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of folders; nothing in its environment has to be looked for."""
    for name, has_dockerfile in LAYERS.items():
        write(tmp_path / "images/layers" / name / ("Dockerfile" if has_dockerfile else "packages.txt"), "")
    for name, layers in GATEWAYS.items():
        write(tmp_path / "images" / name / "gateway.yml", f"layers: [{', '.join(layers)}]\n")
        write(tmp_path / "images" / name / "Dockerfile", "FROM wsgi-gateways/base\n")
    write(tmp_path / "ca.crt", "")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("BASE_IMAGE", "debian")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


Engine = Callable[..., list[list[str]]]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that cannot build the services which it is called with; the commands that it gets."""

    def start(*broken: str) -> list[list[str]]:
        commands: list[list[str]] = []

        def run(command: Sequence[str], log: Path, *_: Path | Mapping[str, str]) -> bool:
            commands.append(list(command))
            log.write_text(WORDS_OF_A_FAILURE)
            return command[-1] not in broken

        monkeypatch.setattr("wsgi_gateways.commands.run", run)
        return commands

    return start


def built(commands: list[list[str]]) -> list[str]:
    return [command[-1] for command in commands]


def test_layers_are_built_before_what_stands_on_them_each_once(root: Path, engine: Engine) -> None:
    commands = engine()
    services = ["apache-mod-wsgi", "apache-cgi", "nginx-uwsgi", PORTAL]
    results = images.build(Stack(root), services)
    order = ["builder", "base", "apache", "mod-wsgi", "nginx", "uwsgi", *services]
    assert built(commands) == [each.name for each in results] == order
    assert all(each.succeeded for each in results)


@pytest.mark.parametrize(
    ("service", "layers"),
    [("apache-ajp", ["apache"]), ("bare", []), (PORTAL, [])],
    ids=["a layer of files only", "no layer", "no gateway"],
)
def test_only_layers_with_a_dockerfile_are_built(
    root: Path, engine: Engine, service: str, layers: list[str]
) -> None:
    commands = engine()
    images.build(Stack(root), [service])
    assert built(commands) == ["builder", "base", *layers, service]


def test_what_stands_on_a_failed_layer_is_not_tried_and_the_others_go_on(root: Path, engine: Engine) -> None:
    commands = engine("apache")
    results = images.build(Stack(root), ["apache-cgi", "apache-mod-wsgi", "nginx-uwsgi", "bare"])
    assert built(commands) == ["builder", "base", "apache", "nginx", "uwsgi", "nginx-uwsgi", "bare"]
    failed = {each.name: images.explain(each) for each in results if not each.succeeded}
    log = root / ".build/apache.log"
    assert failed == {
        "apache": f"apache was not built at the step [2/3] RUN make it; the end of {log}:\n"
        + WORDS_OF_A_FAILURE.strip("\n"),
        "mod-wsgi": f"mod-wsgi was not built, because its layer apache was not; see {log}",
        "apache-cgi": f"apache-cgi was not built, because its layer apache was not; see {log}",
        "apache-mod-wsgi": f"apache-mod-wsgi was not built, because its layer apache was not; see {log}",
    }


def test_a_failed_layer_fails_only_what_stands_on_it(root: Path, engine: Engine) -> None:
    engine("mod-wsgi")
    results = images.build(Stack(root), ["apache-mod-wsgi", "apache-cgi"])
    failed = {each.name: each.failed_layer for each in results if not each.succeeded}
    assert failed == {"mod-wsgi": None, "apache-mod-wsgi": "mod-wsgi"}


def test_a_layer_needs_what_comes_before_it_in_every_gateway(root: Path, engine: Engine) -> None:
    write(root / "images/nginx-mod-wsgi/gateway.yml", "layers: [nginx, mod-wsgi]\n")
    commands = engine("apache")
    images.build(Stack(root), ["apache-mod-wsgi", "nginx-mod-wsgi"])
    assert built(commands)[2:] == ["apache", "mod-wsgi", "nginx", "nginx-mod-wsgi"]


@pytest.mark.parametrize("base", images.BASES)
def test_without_a_base_nothing_can_be_built(root: Path, engine: Engine, base: str) -> None:
    commands = engine(base)
    with pytest.raises(Problem, match=f"{base} was not built at the step"):
        images.build(Stack(root), ["apache-cgi"])
    assert built(commands)[-1] == base


def test_a_layer_that_is_not_there_is_said_before_anything_is_built(root: Path, engine: Engine) -> None:
    commands = engine()
    write(root / "images/bare/gateway.yml", "layers: [ngnix]\n")
    with pytest.raises(CatalogueError, match="did you mean nginx"):
        images.build(Stack(root), ["apache-cgi", "bare"])
    assert commands == []


def test_a_fresh_build_takes_nothing_from_the_cache(root: Path, engine: Engine) -> None:
    commands = engine()
    images.build(Stack(root), ["apache-cgi"], fresh=True)
    assert [command[-2] for command in commands] == ["--no-cache"] * 4


def test_what_starts_is_what_was_built_and_each_failure_is_said_once(
    root: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine("apache")
    write(root / "gateway.env", "")
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(lifecycle, "refuse_taken_ports", lambda *_: None)
    monkeypatch.setattr(lifecycle, "await_health", lambda *_: [])
    monkeypatch.setattr(Stack, "compose", lambda _, *arguments: started.append(arguments))
    assert not lifecycle.up(Stack(root), ["apache-cgi", "apache-ajp", "bare"])
    assert started == [("up", "--detach", "--no-build", "bare", PORTAL)]
    words = capsys.readouterr().err
    assert words.count("no such package") == 1
    assert words.count("because its layer apache was not") == 2


def test_compiled_files_come_from_all_layers_into_one_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = "FROM wsgi-gateways/builder AS c\nFROM scratch AS files\nFROM wsgi-gateways/apache\n"
    for folder in ("layers/mod-wsgi", "apache-mod-wsgi"):
        write(root / "images" / folder / "Dockerfile", stage)
    commands: list[list[str]] = []

    def run(command: Sequence[str], *_: object) -> bool:
        commands.append(list(command))
        if "--output" in command:
            target = Path(command[command.index("--output") + 1].partition("dest=")[2])
            write(target / f"file-{len(commands)}", "")
        return True

    monkeypatch.setattr("wsgi_gateways.commands.run", run)
    made = tmp_path / "made"
    write(made / "files/apache-mod-wsgi/of-the-run-before", "")
    artifacts.make(Stack(root), made, ["apache-mod-wsgi", "bare"])

    dockerfiles = [command[command.index("--file") + 1] for command in commands if "--file" in command]
    assert [Path(path).relative_to(root / "images").parent.as_posix() for path in dockerfiles] == [
        "layers/base",
        "layers/mod-wsgi",
        "apache-mod-wsgi",
    ]
    # The release has the checkout for its context; the second command makes the builder.
    assert [commands[0][-1], commands[1][-1], *(each[-1] for each in commands[2:])] == [
        str(root),
        "builder",
        str(root / "images"),
        str(root / "images"),
    ]
    assert {path.name for path in (made / "files/apache-mod-wsgi").iterdir()} == {"file-3", "file-4"}
    assert list((made / "files/bare").iterdir()) == []


def test_nothing_is_compiled_for_gateways_without_such_a_stage(root: Path, engine: Engine) -> None:
    commands = engine()
    artifacts.make(Stack(root), root / "made", ["nginx-uwsgi"])
    assert built(commands) == [str(root)]


def test_a_part_that_cannot_be_made_is_a_problem_with_its_log(root: Path, engine: Engine) -> None:
    engine(str(root))
    with pytest.raises(Problem, match=r"release was not built at the step \[2/3\] RUN make it; the end of"):
        artifacts.make(Stack(root), root / "made", [])
