"""What a web server says of a request in headers becomes the environ's (PEP 3333): who asks, and for what.

Only behind a web server that sets all of these headers itself.
"""


def forwarded(application):
    """The application, as it sees itself at its address and prefix."""

    def answer(environ, start_response):
        environ["REMOTE_ADDR"] = environ.pop("HTTP_X_FORWARDED_FOR")
        environ["SERVER_NAME"] = environ.pop("HTTP_X_FORWARDED_HOST")
        environ["SERVER_PORT"] = environ.pop("HTTP_X_FORWARDED_PORT")
        environ["wsgi.url_scheme"] = scheme = environ.pop("HTTP_X_FORWARDED_PROTO")
        if scheme == "https":
            environ["HTTPS"] = "on"
        environ["SCRIPT_NAME"] = prefix = environ.pop("HTTP_X_FORWARDED_PREFIX", "")
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
        return application(environ, start_response)

    return answer
