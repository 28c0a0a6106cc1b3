"""answers.py DOMAIN PEM: whether this host serves DOMAIN, and only that, with the certificate in PEM."""

import http.client
import socket
import ssl
import sys
from pathlib import Path

domain, pem = sys.argv[1:]
# Whoever trusts the certificate is not here: that it is the one in the file is what counts.
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def ask(host: str, *, tls: bool) -> tuple[int, str | None, bytes | None]:
    """The answer's status and Location, and the server's certificate."""
    connection = http.client.HTTPConnection("127.0.0.1", timeout=10)
    if tls:
        there = socket.create_connection(("127.0.0.1", 443), timeout=10)
        connection.sock = context.wrap_socket(there, server_hostname=domain)
    connection.request("GET", "/healthz", headers={"Host": host})
    certificate = connection.sock.getpeercert(binary_form=True) if tls else None
    answer = connection.getresponse()
    return answer.status, answer.getheader("Location"), certificate


text = Path(pem).read_text()
certificate = ssl.PEM_cert_to_DER_cert(
    text[text.index("-----BEGIN CERTIFICATE") :].split("-----END", 1)[0] + ssl.PEM_FOOTER
)

found = {
    f"https://{domain}/healthz": ask(domain, tls=True),
    f"http://{domain}/healthz": ask(domain, tls=False),
    "https://another.invalid/healthz": ask("another.invalid", tls=True),
}
wanted = {
    f"https://{domain}/healthz": (200, None, certificate),
    f"http://{domain}/healthz": (308, f"https://{domain}/healthz", None),
    "https://another.invalid/healthz": (421, None, certificate),
}
for address, answer in found.items():
    if answer != wanted[address]:
        other = "" if answer[2] == wanted[address][2] else ", with another certificate than the file's"
        sys.exit(f"{address} answers {answer[0]} {answer[1] or ''}{other}; it should be {wanted[address][0]}")
