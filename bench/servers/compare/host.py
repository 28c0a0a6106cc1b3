"""On the host: the image, the container, the report."""

import json
import os
import subprocess
import sys
from pathlib import Path

from compare import options, report
from compare.rows import ROWS

_IMAGE = "wsgi-gateways/bench-servers"
_CONTAINER = f"bench-servers-{os.getpid()}"
_HERE = Path(__file__).resolve().parents[1]
_ROOT = _HERE.parents[1]


def main() -> int:
    """0; 1 if anything could not be measured. A ratio that was missed is a result, not an error."""
    chosen = options.parse()
    if chosen.list:
        for row in ROWS:
            sys.stdout.write(f"{row.name:<30}{', '.join(row.sections)}\n")
        return 0
    try:
        _build()
        result = subprocess.run(_container(sys.argv[1:]), stdout=subprocess.PIPE, check=False)
    except subprocess.CalledProcessError:
        return 1  # the build has said why
    except KeyboardInterrupt:
        # The client may have ended before it could pass the signal on.
        subprocess.run(["docker", "rm", "--force", _CONTAINER], capture_output=True, check=False)
        return 130
    if not result.stdout:
        sys.stderr.write("bench/servers/run: nothing was measured: see above\n")
        return 1
    measured = json.loads(result.stdout)
    if chosen.json:
        chosen.json.write_text(json.dumps(measured, indent=1) + "\n")
    report.show(measured)
    return 1 if result.returncode or measured["failures"] else 0


def _build() -> None:
    bundle = os.environ.get("CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    command = ["docker", "buildx", "build", "--quiet", "--load", "--tag", _IMAGE]
    subprocess.run(
        [*command, "--secret", f"id=ca,src={bundle}", str(_HERE)], stdout=subprocess.DEVNULL, check=True
    )


def _container(arguments: list[str]) -> list[str]:
    """Only 127.0.0.1, and nothing to write to but memory."""
    tmpfs = "uid=33,gid=33,mode=755"
    command = [
        "docker",
        "run",
        "--rm",
        f"--name={_CONTAINER}",
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
    ]
    command += ["--security-opt=no-new-privileges", f"--tmpfs=/run/bench:{tmpfs}", f"--tmpfs=/tmp:{tmpfs}"]
    command += ["--volume", f"{_HERE}:/srv/bench:ro", "--volume", f"{_ROOT / 'src'}:/srv/src:ro"]
    command += ["--env=PYTHONPATH=/srv/bench", "--env=PYTHONDONTWRITEBYTECODE=1"]
    command += [f"--env=PROGRESS={'in-place' if sys.stderr.isatty() else 'lines'}"]
    return [*command, _IMAGE, *arguments]
