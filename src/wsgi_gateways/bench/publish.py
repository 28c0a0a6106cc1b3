"""docs/results.md with its plots and the README's table: made of the committed reference run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wsgi_gateways.bench import markdown, plots, result
from wsgi_gateways.bench.profiles import PROFILES
from wsgi_gateways.bench.ranking import Ranking, doubt, rank_all
from wsgi_gateways.bench.remarks import unlike
from wsgi_gateways.catalogue import read_catalogue
from wsgi_gateways.output import Problem

REFERENCE = Path("results/reference.json")
# Another run on the same machine, if there is one: what of the reference repeats?
BEFORE = Path("results/before.json")
PAGE = Path("docs/results.md")
PLOTS = Path("docs/results")
_README = Path("README.md")
_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"
NOTHING = "There is no reference run yet; `make bench` measures on your machine."
# An image in a page has no colour of text to take: it has two of its own.
_COLOURS = "<style>svg{color:#1f2328}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>"


def publish(root: Path) -> list[Path]:
    """Write everything; the files. Raises Problem if there is no reference run, or one that is unfit."""
    if not (root / REFERENCE).exists():
        raise Problem(f"there is no {REFERENCE}: copy the result of a full run there", 2)
    files = made(root)
    for path in [path for path in existing(root) if path not in files]:
        (root / path).unlink()
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return list(files)


def stale(root: Path) -> list[Path]:
    """The files that are not what the reference run makes of them, or ought not to be there."""
    files = made(root)
    there = existing(root)
    return sorted(
        path
        for path in files.keys() | there
        if path not in there or files.get(path) != (root / path).read_text()
    )


def existing(root: Path) -> set[Path]:
    """What was published, the README included."""
    found = [root / _README, root / PAGE, *(root / PLOTS).glob("*")]
    return {path.relative_to(root) for path in found if path.exists()}


def made(root: Path) -> dict[Path, str]:
    """All files with their texts; without a reference run there is nothing but a README that says so."""
    readme = (root / _README).read_text()
    if not (root / REFERENCE).exists():
        return {_README: between(readme, NOTHING)}
    reference = result.read(root / REFERENCE)
    catalogue = read_catalogue(root)
    if reason := unfit(reference, catalogue):
        raise Problem(f"{REFERENCE} cannot be the reference: {reason}", 2)
    rankings = rank_all(reference)
    drawn = {scenario: _plots(reference, ranked) for scenario, ranked in rankings.items()}
    files = {
        PLOTS / f"{scenario}-{name}.svg": svg.replace(">", f">{_COLOURS}", 1) + "\n"
        for scenario, each in drawn.items()
        for name, (_, svg) in each.items()
    }
    captions = {
        scenario: {
            f"{scenario}: {caption}": f"{PLOTS.name}/{scenario}-{name}.svg"
            for name, (caption, _) in each.items()
        }
        for scenario, each in drawn.items()
    }
    before = result.read(root / BEFORE) if (root / BEFORE).exists() else None
    files[PAGE] = markdown.page(reference, rankings, captions, before)
    new = [name for name in catalogue if name not in reference["gateways"]]
    absent = f"\n\nNot measured yet: {', '.join(new)}." if new else ""
    files[_README] = between(readme, _table(reference, next(iter(rankings.values()))) + absent)
    return files


def unfit(reference: dict[str, Any], catalogue: Iterable[str]) -> str | None:
    """Why it cannot be the reference: it ranks nothing, has no commit, or is not all of its profile."""
    measured, all_gateways = set(reference["gateways"]), set(catalogue)
    profile = PROFILES.get(reference["profile"]["name"])
    if reason := reference["partial"] or doubt(reference):
        return str(reason)
    if reference["commit"]["changed"]:
        return "its commit had changes, so nobody can repeat it"
    if unknown := sorted(measured - all_gateways):
        return f"it has what is no gateway: {', '.join(unknown)}"
    if profile is None or list(profile.scenarios) != list(reference["scenarios"]):
        return f"its scenarios are not those of the profile {reference['profile']['name']}"
    return None


def between(readme: str, text: str) -> str:
    """The README with this text between its markers. Raises Problem if it has none."""
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise Problem(f"{_README} lacks the markers {_BEGIN} and {_END}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def _table(reference: dict[str, Any], ranked: Ranking) -> str:
    """That of a scenario, with who failed and whose figures are not those of equal work."""
    summary = reference["scenarios"][ranked.scenario]
    table = markdown.ranking(reference, ranked)
    told = [f"{ranked.scenario}: {summary}. More in [docs/results.md]({PAGE}).", table]
    told += markdown.failed(ranked)
    told += [f"{line[0].upper()}{line[1:]}." for line in unlike(reference)]
    return "\n\n".join(told)


def _plots(reference: dict[str, Any], ranked: Ranking) -> dict[str, tuple[str, str]]:
    """By the name of the file: what it shows, and the SVG."""
    drawn, scenario = {}, ranked.scenario
    if ranked.rows:
        drawn["cpu"] = "CPU per request", plots.ranking(reference, ranked)
        drawn["memory"] = "CPU against memory", plots.cpu_and_memory(reference, ranked)
    if reference["profile"]["levels"]:
        drawn["throughput"] = "throughput against connections", plots.throughput(reference, scenario)
    for share in reference["profile"]["shares"]:
        caption = f"latency at {share:.0%} of the capacity"
        drawn[f"latency-{share * 100:.0f}"] = caption, plots.latency(reference, scenario, share)
    return drawn
