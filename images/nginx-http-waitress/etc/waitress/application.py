"""waitress as an HTTP server behind nginx."""

import os
from runpy import run_path

# The board's pages name it.
os.environ["GATEWAY"] = "nginx-http-waitress"
run_path("/etc/waitress/serve.py")
