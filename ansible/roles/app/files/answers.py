"""answers.py PATH: exit status 0 if the application in this folder answers it; no server, no port.

/healthz has to be a 200; any other path has to be no error of the application's own (5xx).
"""

import sys
from wsgiref.util import setup_testing_defaults

sys.path.insert(0, ".")
from wsgi import application

path = sys.argv[1]
statuses = []
environ = {"PATH_INFO": path, "SCRIPT_NAME": ""}
setup_testing_defaults(environ)
body = application(environ, lambda status, headers, exc_info=None: statuses.append(status) or statuses.append)
b"".join(body)
right = statuses and (statuses[-1].startswith("200") if path == "/healthz" else statuses[-1] < "500")
if not right:
    sys.exit(f"{path}: {statuses}")
