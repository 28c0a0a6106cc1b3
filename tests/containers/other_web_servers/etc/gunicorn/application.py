"""gunicorn as a FastCGI server; where it listens is in the command line."""

from gunicorn.arbiter import Arbiter

worker_class = "wsgi_gateways.serve.FastCGIWorker"
chdir = "/srv/app/current"
wsgi_app = "wsgi:application"
# Seconds after the stop before a connection that was kept and is idle is closed.
keepalive = 1
# Memory, and writable where the root file system is not: https://docs.gunicorn.org/en/stable/faq.html#blocking-os-fchmod
worker_tmp_dir = "/dev/shm"
# Signals do what it would do.
control_socket_disable = True


def when_ready(server: Arbiter) -> None:
    """Leave the socket's file to who made it.

    gunicorn removes the file of a UNIX socket when it ends, unless systemd has passed the socket. lighttpd
    has removed its own by then, and gunicorn would end with FileNotFoundError and not wait for its workers.
    """
    if server.cfg.bind == ["fd://0"]:
        server.systemd = True
