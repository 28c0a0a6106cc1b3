"""gunicorn as a FastCGI server behind lighttpd."""

from runpy import run_path

globals().update(run_path("/etc/gunicorn/common.py"))

worker_class = "wsgi_gateways.serve.FastCGIWorker"
