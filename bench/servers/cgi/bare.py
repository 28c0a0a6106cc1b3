#!/usr/bin/python3 -IS
# The least that a Python CGI script can do: the bytes of the hello world, no WSGI.
import sys

sys.stdout.write("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!")
