#!/usr/bin/python3 -IS
# The least that a Python CGI script can do: the bytes of the hello world, no WSGI. Whatever else is asked is
# answered by the application.
import os
import sys

if os.environ["REQUEST_URI"] == "/probe/hello":
    sys.stdout.write("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!")
else:
    sys.path.insert(0, "/srv/app/current")
    from wsgi import application
    from wsgi_gateways.serve.cgi import run

    run(application)
