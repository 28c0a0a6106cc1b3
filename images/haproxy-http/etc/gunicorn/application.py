"""gunicorn as an HTTP server behind HAProxy."""

from runpy import run_path

globals().update(run_path("/etc/gunicorn/http.py"))

# HAProxy says by it who the client is.
proxy_protocol = "v2"
# Longer than HAProxy keeps a client's connection, so that it is never gunicorn that ends one.
keepalive = 10
worker_connections = 4096
# The board's pages name it.
raw_env = ["GATEWAY=haproxy-http"]
