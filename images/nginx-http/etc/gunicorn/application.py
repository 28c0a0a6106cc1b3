"""gunicorn as an HTTP server behind nginx."""

import os
from runpy import run_path

globals().update(run_path("/etc/gunicorn/common.py"))

worker_class = "gthread"
# A worker takes no more connections than it has threads for: it would queue them, while others are idle.
worker_connections = int(os.environ["THREADS"])
# The board's pages name it.
raw_env = ["GATEWAY=nginx-http"]
