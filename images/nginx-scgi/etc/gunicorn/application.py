"""gunicorn as an SCGI server behind nginx."""

from runpy import run_path

globals().update(run_path("/etc/gunicorn/common.py"))

worker_class = "wsgi_gateways.serve.SCGIWorker"
