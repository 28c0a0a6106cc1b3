"""gunicorn as an HTTP server behind Caddy."""

from runpy import run_path

globals().update(run_path("/etc/gunicorn/proxied.py"))

# The board's pages name it.
raw_env = ["GATEWAY=caddy-http"]


def pre_request(worker, request):
    """Make several Cookie headers one (RFC 9113, section 8.2.3); gunicorn would join them with commas."""
    cookies = "; ".join(value for name, value in request.headers if name == "COOKIE")
    others = [(name, value) for name, value in request.headers if name != "COOKIE"]
    request.headers = others + ([("COOKIE", cookies)] if cookies else [])
