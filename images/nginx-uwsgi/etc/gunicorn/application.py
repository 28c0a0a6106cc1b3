"""gunicorn behind nginx, with the protocol of uWSGI."""

from runpy import run_path
from urllib.parse import quote

globals().update(run_path("/etc/gunicorn/proxied.py"))

protocol = "uwsgi"
# The board's pages name it.
raw_env = ["GATEWAY=nginx-uwsgi"]


def pre_request(worker, request):
    """Give gunicorn the path as in HTTP, whole and encoded: it decodes it, and cuts SCRIPT_NAME off.

    https://docs.gunicorn.org/en/stable/settings.html#pre-request
    """
    script_name = request.uwsgi_vars["SCRIPT_NAME"]
    request.path = quote(script_name + request.path, encoding="latin-1")
    request.headers.append(("SCRIPT_NAME", script_name))
