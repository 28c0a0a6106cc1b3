"""WSGI servers in pure Python, for FastCGI, SCGI, AJP/1.3 and CGI."""

_WORKERS = ("AJPWorker", "FastCGIWorker", "SCGIWorker")


def __getattr__(name: str) -> object:
    # Imported when asked for: a CGI request must not pay for gunicorn.
    if name in _WORKERS:
        from wsgi_gateways.serve import worker

        return getattr(worker, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
