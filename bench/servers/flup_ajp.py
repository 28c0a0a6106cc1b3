"""flup's AJP server, with threads: python3 flup_ajp.py PORT.

Not its forking one: Apache keeps its AJP connections, and each would hold a process for itself.
"""

import logging
import sys

from flup.server.ajp import WSGIServer  # type: ignore[import-not-found]

from wsgi import application

WSGIServer(application, bindAddress=("127.0.0.1", int(sys.argv[1])), loggingLevel=logging.ERROR).run()
