#!/usr/bin/python3 -IS
from wsgiref.handlers import CGIHandler


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


CGIHandler().run(application)
