"""The application where no web server is in front: what one would see to before, this module does."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from with_static_files import application as behind

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PREFIX = f"/gateway/{os.environ.get('GATEWAY', '')}"
# Name or address, then the port: RFC 3986, section 3.2.2. HTTP/1.0 has no Host.
HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?", re.ASCII)
LARGEST_BODY = 1024**3


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Refuse what web servers refuse, and describe the request as they do."""
    host = HOST.fullmatch(environ.get("HTTP_HOST", ""))
    path = resolve(environ["PATH_INFO"])
    if path is None or (host is None and environ["SERVER_PROTOCOL"] != "HTTP/1.0"):
        return refuse("400 Bad Request", start_response)
    if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return refuse("413 Content Too Large", start_response)
    if host:
        environ["SERVER_NAME"] = host["name"]
    if f"{path}/".startswith(f"{PREFIX}/"):
        environ["SCRIPT_NAME"], path = PREFIX, path.removeprefix(PREFIX)
    environ["PATH_INFO"] = path
    # Nobody in front has said them; and one must never become HTTP_PROXY: https://httpoxy.org
    for name in [name for name in environ if name.startswith(("HTTP_PROXY", "HTTP_X_FORWARDED_"))]:
        del environ[name]
    return behind(environ, start_response)


def resolve(path: str) -> str | None:
    """The decoded path with "//", "." and ".." resolved; None if it leads above the root or has a NUL."""
    parts = path.split("/")
    if parts.pop(0) or not parts or "\0" in path:
        return None
    resolved: list[str] = []
    for part in parts:
        if part == "..":
            if not resolved:
                return None
            resolved.pop()
        elif part not in ("", "."):
            resolved.append(part)
    is_folder = parts[-1] in ("", ".", "..") and resolved
    return "/" + "/".join(resolved) + ("/" if is_folder else "")


def refuse(status: str, start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with the status and its words."""
    body = f"{status[4:]}\n".encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
