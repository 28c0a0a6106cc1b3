#!/usr/bin/python3 -IS
# The application as a CGI script (RFC 3875): a web server starts this file anew for every request.
# -I: no PYTHON… variable and no folder of the request or the user changes what is imported.
# -S: without the site module, which costs every request three milliseconds; so the board's packages are
# named here instead, last, where nothing is looked up that is found before.
import sys

sys.path.insert(0, "/srv/app/current")
sys.path.append(f"/srv/app/current/venv/lib/python3.{sys.version_info.minor}/site-packages")

from wsgi import application
from wsgi_gateways.serve.cgi import run

run(application)
