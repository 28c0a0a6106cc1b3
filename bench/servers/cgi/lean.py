#!/usr/bin/python3 -IS
import sys

sys.path.insert(0, "/srv/app/current")
from wsgi import application
from wsgi_gateways.serve.cgi import run

run(application)
