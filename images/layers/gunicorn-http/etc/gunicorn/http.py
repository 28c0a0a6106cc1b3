"""gunicorn with threads as an HTTP server; application.py adds what makes the gateway."""

import sys
from runpy import run_path

from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

globals().update(run_path("/etc/gunicorn/common.py"))

# Where with_static_files.py and the like are. The last place: an application may have modules of these names.
sys.path.append("/etc/wsgi")
wsgi_app = "with_static_files:application"


class HTTPWorker(ThreadWorker):
    """Takes a connection only while one of its threads is idle: a busy one leaves it to its siblings.

    gunicorn's own takes as many as the setting says, and queues what its threads cannot run:
    https://github.com/benoitc/gunicorn/issues/3433
    """

    cfg: Config

    @property
    def worker_connections(self) -> int:
        """One for each thread; those that wait for a request occupy none."""
        return int(self.cfg.threads) + len(self.keepalived_conns) + len(self.pending_conns)

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        """The setting counts those that wait: gunicorn keeps no more connections than that."""


worker_class = HTTPWorker


def pre_request(worker: Worker, request: Request) -> None:
    """Make several Cookie headers one (RFC 9113, section 8.2.3); gunicorn would join them with commas."""
    cookies = [value for name, value in request.headers if name == "COOKIE"]
    if len(cookies) > 1:
        others = [(name, value) for name, value in request.headers if name != "COOKIE"]
        request.headers = [*others, ("COOKIE", "; ".join(cookies))]
