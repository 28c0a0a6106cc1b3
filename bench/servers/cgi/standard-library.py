#!/usr/bin/python3 -IS
import sys

sys.path.insert(0, "/run/bench/site")
from wsgiref.handlers import CGIHandler

from application import application

CGIHandler().run(application)
