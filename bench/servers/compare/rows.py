"""What is compared: the servers, and the rows, each a server seen through a web server."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

SITE = "/run/bench/site"
PACKAGES = "/srv/packages"
SETTINGS = "/srv/bench/etc"
SOCKETS = "/run/bench"
_PYTHON = "/usr/bin/python3"

WEB_SERVERS = {
    "nginx": ["nginx", "-e", "stderr", "-c", f"{SETTINGS}/nginx.conf", "-g", "daemon off;"],
    "lighttpd": ["lighttpd", "-D", "-f", f"{SETTINGS}/lighttpd.conf"],
    "apache": ["apache2", "-D", "FOREGROUND", "-f", f"{SETTINGS}/apache.conf"],
}


def _gunicorn(bind: str, *arguments: str) -> list[str]:
    settings = ["--config", f"{SETTINGS}/gunicorn.conf.py", "--bind", bind]
    return [_PYTHON, "-m", "gunicorn", *settings, *arguments, "application:application"]


def _uwsgi(socket_option: str, name: str) -> list[str]:
    return ["uwsgi", "--ini", f"{SETTINGS}/uwsgi.ini", socket_option, f"{SOCKETS}/{name}.sock"]


def _unix(name: str) -> str:
    return f"unix:{SOCKETS}/{name}.sock"


_SYNC = ("--worker-class", "sync")
# Four threads a process: gunicorn's own advice for two cores, and not slower than one or two here.
_GTHREAD = ("--worker-class", "gthread", "--threads", "4")
_UWSGI_PROTOCOL = ("--protocol", "uwsgi", "--keep-alive", "0")
_C_PARSER = ("--http-parser", "fast")

SERVERS = {
    "fastcgi-worker": _gunicorn(
        _unix("fastcgi-worker"), "--worker-class", "wsgi_gateways.serve.FastCGIWorker", "--threads", "1"
    ),
    "scgi-worker": _gunicorn(
        _unix("scgi-worker"), "--worker-class", "wsgi_gateways.serve.SCGIWorker", "--threads", "1"
    ),
    "ajp-worker": _gunicorn(
        "127.0.0.1:8401", "--worker-class", "wsgi_gateways.serve.AJPWorker", "--threads", "1"
    ),
    "uwsgi-fastcgi": _uwsgi("--fastcgi-socket", "uwsgi-fastcgi"),
    "uwsgi-scgi": _uwsgi("--scgi-socket", "uwsgi-scgi"),
    "uwsgi-uwsgi": _uwsgi("--uwsgi-socket", "uwsgi-uwsgi"),
    "gunicorn-uwsgi-sync": _gunicorn(_unix("gunicorn-uwsgi-sync"), *_SYNC, *_UWSGI_PROTOCOL),
    "gunicorn-uwsgi-gthread": _gunicorn(_unix("gunicorn-uwsgi-gthread"), *_GTHREAD, *_UWSGI_PROTOCOL),
    "gunicorn-http-sync": _gunicorn(_unix("gunicorn-http-sync"), *_SYNC, *_C_PARSER),
    "gunicorn-http-gthread": _gunicorn(_unix("gunicorn-http-gthread"), *_GTHREAD, *_C_PARSER),
    "flup-fastcgi": [_PYTHON, "/srv/bench/flup_fastcgi.py", f"{SOCKETS}/flup-fastcgi.sock"],
    "flup-ajp": [_PYTHON, "/srv/bench/flup_ajp.py", "8402"],
}


@dataclass(frozen=True)
class Row:
    """A server (none for CGI) behind a web server that listens on a port of its own."""

    name: str
    port: int
    server: str | None
    sections: tuple[str, ...] = ("hello",)
    path: str = "/"
    upload_path: str = "/length"  # where a body is passed on as it comes

    @property
    def web_server(self) -> str:
        return self.name.partition("-")[0]


_MAIN = ("hello", "bodies")
_STREAMED = "/length/stream"
ROWS = [
    Row("nginx-fastcgi-worker", 8101, "fastcgi-worker", (*_MAIN, "latency", "memory"), upload_path=_STREAMED),
    Row("nginx-fastcgi-uwsgi", 8102, "uwsgi-fastcgi", (*_MAIN, "latency")),
    Row("nginx-fastcgi-flup", 8103, "flup-fastcgi"),
    Row("nginx-scgi-worker", 8104, "scgi-worker", _MAIN),
    Row("nginx-scgi-uwsgi", 8105, "uwsgi-scgi", _MAIN),
    Row("nginx-uwsgi-uwsgi", 8106, "uwsgi-uwsgi", _MAIN),
    Row("nginx-uwsgi-gunicorn-sync", 8107, "gunicorn-uwsgi-sync"),
    Row("nginx-uwsgi-gunicorn-gthread", 8108, "gunicorn-uwsgi-gthread"),
    Row("nginx-http-gunicorn-sync", 8109, "gunicorn-http-sync"),
    Row("nginx-http-gunicorn-gthread", 8110, "gunicorn-http-gthread", _MAIN),
    # Not nginx: of a body that it passes on as it comes, it tells an SCGI server a wrong length, until
    # https://github.com/nginx/nginx/pull/1118
    Row("lighttpd-scgi-worker", 8201, "scgi-worker", ("hello", "memory")),
    Row("lighttpd-scgi-uwsgi", 8202, "uwsgi-scgi"),
    Row("lighttpd-fastcgi-worker", 8203, "fastcgi-worker"),
    Row("apache-ajp-worker", 8301, "ajp-worker", ("ajp", "memory")),
    Row("apache-ajp-flup", 8302, "flup-ajp", ("ajp",)),
    Row("lighttpd-cgi-bare", 8204, None, ("cgi",), path="/bare.py"),
    Row("lighttpd-cgi-lean", 8204, None, ("cgi",), path="/lean.py"),
    Row("lighttpd-cgi-wsgiref", 8204, None, ("cgi",), path="/standard-library.py"),
]


def choose(patterns: list[str], sections: list[str]) -> list[Row]:
    """The rows whose names match one of the patterns and that take part in one of the sections."""
    unknown = [pattern for pattern in patterns if not any(fnmatchcase(row.name, pattern) for row in ROWS)]
    if unknown:
        raise ValueError(
            f"no such row: {', '.join(unknown)}; there are: {', '.join(row.name for row in ROWS)}"
        )
    return [
        row
        for row in ROWS
        if any(fnmatchcase(row.name, pattern) for pattern in patterns or ["*"])
        and set(row.sections) & set(sections)
    ]
