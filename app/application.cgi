#!/srv/app/current/venv/bin/python -I
# The application as a CGI script (RFC 3875): a web server starts this file anew for every request.
# -I: no PYTHON… variable and no folder of the request or the user changes what is imported.
import sys
from wsgiref.handlers import CGIHandler

sys.path.insert(0, "/srv/app/current")

from wsgi import application  # noqa: E402

handler = CGIHandler()
# The web server closes standard input after the body, so a body without a length can be read as well.
handler.base_env["wsgi.input_terminated"] = True
handler.run(application)
