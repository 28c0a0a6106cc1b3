"""Exit status 0 if the application in this folder answers /healthz with 200; no server, no port."""

import sys
from wsgiref.util import setup_testing_defaults

sys.path.insert(0, ".")
from wsgi import application

statuses = []
environ = {"PATH_INFO": "/healthz", "SCRIPT_NAME": ""}
setup_testing_defaults(environ)
body = application(environ, lambda status, headers, exc_info=None: statuses.append(status) or statuses.append)
b"".join(body)
if not statuses or not statuses[-1].startswith("200"):
    sys.exit(f"/healthz: {statuses}")
