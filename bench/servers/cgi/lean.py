#!/usr/bin/python3 -IS
import sys

sys.path.insert(0, "/run/bench/site")
from wsgi_gateways.serve.cgi import run


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


run(application)
