#!/usr/bin/python3 -IS
import sys

sys.path.insert(0, "/run/bench/site")
from application import application

from wsgi_gateways.serve.cgi import run

run(application)
