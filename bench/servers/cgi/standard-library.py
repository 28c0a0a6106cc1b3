#!/usr/bin/python3 -IS
import sys
from wsgiref.handlers import CGIHandler

sys.path.insert(0, "/srv/app/current")
from wsgi import application

CGIHandler().run(application)
