#!/srv/app/current/venv/bin/python -I
# The application as a CGI script (RFC 3875): a web server starts this file anew for every request.
# -I: no PYTHON… variable and no folder of the request or the user changes what is imported.
import sys
from _signal import SIGTERM, signal  # signal itself costs a millisecond more
from wsgiref.handlers import CGIHandler

sys.path.insert(0, "/srv/app/current")

from wsgi import application


class Handler(CGIHandler):
    def finish_content(self):
        """Send the headers of an empty body; wsgiref would add that its length is 0."""
        bodiless = self.environ["REQUEST_METHOD"] == "HEAD" or self.status[:3] in ("204", "304")
        if bodiless and not self.headers_sent:
            # There it would have to be the length that GET has, or nothing at all (RFC 9110, 8.6).
            self.send_headers()
        else:
            super().finish_content()

    def close(self):
        """End the request; mod_cgid loses a response whose script leaves a body unread."""
        super().close()
        while self.stdin.read(65536):
            pass


def end_request(number, frame):
    """Let the application close what it opened: this is how a web server says that the client is gone."""
    raise BrokenPipeError("the web server ended the request")


signal(SIGTERM, end_request)
handler = Handler()
# Not of the request: Apache adds PATH, the interpreter itself LC_CTYPE.
for name in ("PATH", "LC_CTYPE"):
    handler.base_env.pop(name, None)
# The web server closes standard input after the body, so a body without a length can be read as well.
handler.base_env["wsgi.input_terminated"] = True
handler.run(application)
