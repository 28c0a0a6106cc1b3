"""granian as an HTTP server behind nginx."""

import os
from runpy import run_path

# The board's pages name it.
os.environ["GATEWAY"] = "nginx-http-granian"
run_path("/etc/granian/serve.py")
