"""flup's FastCGI server with as many processes as WORKERS says: python3 flup_fastcgi.py SOCKET."""

import os
import sys

from flup.server.fcgi_fork import WSGIServer  # type: ignore[import-not-found]

from wsgi import application

processes = int(os.environ["WORKERS"])
server = WSGIServer(
    application, bindAddress=sys.argv[1], minSpare=processes, maxSpare=processes, maxChildren=processes
)
server.run()
