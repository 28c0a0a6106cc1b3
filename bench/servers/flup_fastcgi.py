"""flup's FastCGI server with two processes: python3 flup_fastcgi.py SOCKET."""

import sys

from application import application
from flup.server.fcgi_fork import WSGIServer  # type: ignore[import-not-found]

WSGIServer(application, bindAddress=sys.argv[1], minSpare=2, maxSpare=2, maxChildren=2).run()
