#!/usr/bin/python3 -IS
# The application as a CGI script (RFC 3875): a web server starts this file anew for every request.
# -I: no PYTHON… variable and no folder of the request or the user changes what is imported.
# -S: without the site module, which costs every request three milliseconds; so the board's packages are
# named here instead, last, where nothing is looked up that is found before.
import posix
import sys

# The web server starts it in its own folder (RFC 3875, 7.2), whose real name this is: through the link
# /srv/app/current an import that has begun would go on in the next release.
release = posix.getcwd()
sys.path.insert(0, release)
sys.path.append(f"{release}/venv/lib/python3.{sys.version_info.minor}/site-packages")

from wsgi import application
from wsgi_gateways.serve.cgi import run

run(application)
