"""gunicorn behind a web server that speaks HTTP to it; application.py adds what makes the gateway."""

import os
from contextlib import suppress
from runpy import run_path

from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

globals().update(run_path("/etc/gunicorn/common.py"))

worker_class = "gthread"
# A worker takes no more connections than it has threads for: it would queue them, while others are idle.
worker_connections = int(os.environ["THREADS"])
# So none is kept: it would occupy such a place while nobody uses it.
keepalive = 0
# The one name with an underscore that the web server sets; PATH_INFO would be a client's.
forwarder_headers = "SCRIPT_NAME"
# The one header that says HTTPS; gunicorn would believe two others as well.
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}


def post_request(worker: Worker, request: Request) -> None:
    """Read what the application left of the body.

    gunicorn would close the connection while the web server still sends, which then answers 502.
    """
    with suppress(OSError):
        while request.body.read(65536):
            pass
