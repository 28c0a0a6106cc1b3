"""What a server can say for itself when a test has failed on it."""

from tests.containers.evidence import Section, said
from tests.servers.server import LOGS, PREFIX

# Those of gateways beside another have its name before theirs.
STATUS = "systemctl --no-pager status '*application*' '*apache2*' '*nginx*' '*lighttpd*' '*haproxy*'"
UNITS = f"systemctl --no-pager --failed; {STATUS}"
JOURNAL = "journalctl --boot --no-pager --lines 60"
FILES = (
    f"ls {LOGS} 2>/dev/null | xargs -r tail -n 20; cat /etc/gateway.env; ls -l /srv/app/ /srv/app/releases"
)


def evidence_of_server(name: str) -> list[Section]:
    """Its units, journal and logs, each with a title; never raises."""
    commands = {"units": UNITS, "journal": JOURNAL, "files": FILES}
    inside = ["exec", PREFIX + name, "sh", "-c"]
    return [
        (f"{title} of the server {name}", said([*inside, f"({command}) 2>&1 || true"]))
        for title, command in commands.items()
    ]
