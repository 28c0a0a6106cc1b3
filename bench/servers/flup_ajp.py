"""flup's AJP server, with threads: python3 flup_ajp.py PORT.

Not its forking one: Apache keeps its AJP connections, and each would hold a process for itself.
"""

import logging
import sys

from flup.server.ajp import WSGIServer  # type: ignore[import-not-found]

from wsgi import application

# More threads from the start than there will be connections: when several come at once, its pool gives them
# to threads that are idle no longer, and where a connection is kept they wait for ever.
THREADS = 64
server = WSGIServer(
    application,
    bindAddress=("127.0.0.1", int(sys.argv[1])),
    loggingLevel=logging.ERROR,
    minSpare=THREADS,
    maxSpare=THREADS,
)
server.run()
