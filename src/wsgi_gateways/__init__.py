"""Every way to put a WSGI application behind a web server: running, tested, measured."""

__version__ = "0.1.0"
