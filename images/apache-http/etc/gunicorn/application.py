"""gunicorn as an HTTP server behind Apache."""

from runpy import run_path

globals().update(run_path("/etc/gunicorn/proxied.py"))

# The board's pages name it.
raw_env = ["GATEWAY=apache-http"]
