"""What a container can say for itself when a test has failed on it: asked of it, not of the repository."""

import subprocess

LINES_OF_A_LOG = 40
CHARACTERS = 16_000
SECONDS = 20

KNOBS = """
only_knobs() { grep -E '^(WORKERS|THREADS|CONCURRENCY)='; }
if ! tr '\\0' '\\n' </proc/1/environ | only_knobs; then
    echo '# PID 1 has written its title over its environment (nginx does); with-knobs says:'
    with-knobs env | only_knobs
fi
"""
# with-knobs fills in the knobs that were left empty, as it did for the server.
CONFIGURATION = """
if command -v nginx; then nginx -T
elif command -v apache2; then
    with-knobs apache2 -t -D DUMP_RUN_CFG -D DUMP_MODULES
    cat /etc/apache2/mpm.conf /etc/apache2/application.conf
elif command -v lighttpd; then with-knobs lighttpd -p -f /etc/lighttpd/lighttpd.conf
elif command -v haproxy; then with-knobs haproxy -c -dC -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d/
elif command -v caddy; then with-knobs caddy adapt --config /etc/caddy/Caddyfile
elif [ -r /etc/gunicorn/application.py ]; then
    with-knobs /srv/app/current/venv/bin/gunicorn --config /etc/gunicorn/application.py --print-config
fi 2>&1
for file in /etc/gunicorn/application.py /etc/uwsgi/application.ini; do
    [ ! -r $file ] || { echo "# $file"; cat $file; }
done
"""

Section = tuple[str, str]


def evidence_of(container: str) -> list[Section]:
    """Its log, knobs and effective configuration, each with a title; never raises."""
    execute = ["exec", container, "sh", "-c"]
    return [
        (f"log of {container}", log_of(container)),
        (f"knobs of {container}", said([*execute, KNOBS])),
        (f"configuration of {container}", said([*execute, CONFIGURATION])),
    ]


def log_of(container: str) -> str:
    """The end of what it wrote."""
    return said(["logs", "--tail", str(LINES_OF_A_LOG), container])


def said(arguments: list[str]) -> str:
    """What `docker …` prints, errors included, or why it cannot be told."""
    try:
        done = subprocess.run(
            ["docker", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"cannot be told: {error}"
    text = bounded(done.stdout.decode(errors="replace"))
    return f"cannot be told, docker ended with status {done.returncode}:\n{text}" if done.returncode else text


def bounded(text: str) -> str:
    """The text without its middle if it is long."""
    half = CHARACTERS // 2
    left_out = len(text) - 2 * half
    return text if left_out <= 0 else f"{text[:half]}\n… {left_out} characters …\n{text[-half:]}"
