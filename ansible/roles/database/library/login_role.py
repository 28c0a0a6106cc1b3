#!/usr/bin/python3
"""A role of PostgreSQL that may log in with a password, and a database of the same name that belongs to it.

The password itself never reaches PostgreSQL, its log or a command line: what is stored is computed here, as
`psql`'s \\password does it.
"""

import base64
import hashlib
import hmac
import os
import re
import subprocess

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: login_role
short_description: A role that may log in with a password, and its database
options:
  name: {type: str, required: true, description: The name of both.}
  password: {type: str, required: true, description: Printable ASCII.}
"""

# As PostgreSQL writes it: https://www.postgresql.org/docs/17/catalog-pg-authid.html
VERIFIER = re.compile(r"SCRAM-SHA-256\$(?P<iterations>\d+):(?P<salt>[^$]+)\$(?P<stored>[^:]+):(?P<server>.+)")
ITERATIONS = 4096
VERIFIER_OF_ROLE = "SELECT rolpassword FROM pg_authid WHERE rolname = :'name' AND rolcanlogin;"
FIND_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = :'name';"
CHANGE_ROLE = "ALTER ROLE :\"name\" LOGIN PASSWORD :'verifier';"
MAKE_ROLE = "CREATE ROLE :\"name\" LOGIN PASSWORD :'verifier';"
FIND_DATABASE = "SELECT 1 FROM pg_database WHERE datname = :'name';"
# The locale of the host may be one without UTF-8.
MAKE_DATABASE = """
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0
ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8';
"""
PSQL = ["runuser", "-u", "postgres", "--", "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "postgres"]


def main() -> None:
    arguments = {
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
    }
    module = AnsibleModule(arguments, supports_check_mode=True)
    name, password = module.params["name"], module.params["password"]
    # Beyond ASCII PostgreSQL and its clients would have to agree on a form: RFC 4013.
    if not re.fullmatch(r"[!-~]{12,}", password):
        module.fail_json(msg="The password has to be 12 or more printable ASCII characters, without spaces.")

    commands = []
    if not matches(password, ask(module, VERIFIER_OF_ROLE, name=name)):
        commands.append(CHANGE_ROLE if ask(module, FIND_ROLE, name=name) else MAKE_ROLE)
    if not ask(module, FIND_DATABASE, name=name):
        commands.append(MAKE_DATABASE)
    if not module.check_mode:
        for command in commands:
            ask(module, command, name=name, verifier=verifier(password, os.urandom(16), ITERATIONS))
    module.exit_json(changed=bool(commands))


def ask(module: AnsibleModule, command: str, **values: str) -> str:
    """What psql prints; all reaches it through a pipe, because everybody may see a command line."""
    given = "".join(f"\\set {name} '{value}'\n" for name, value in values.items()) + command
    done = subprocess.run(PSQL, input=given, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        module.fail_json(msg=f"PostgreSQL: {done.stderr.strip()}")
    return done.stdout.strip()


def verifier(password: str, salt: bytes, iterations: int) -> str:
    """What PostgreSQL stores of a password: https://www.rfc-editor.org/rfc/rfc5803"""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    texts = (base64.b64encode(each).decode() for each in (salt, stored, server))
    return f"SCRAM-SHA-256${iterations}:{next(texts)}${next(texts)}:{next(texts)}"


def matches(password: str, stored: str) -> bool:
    """Whether what is stored was made of this password."""
    found = VERIFIER.fullmatch(stored)
    if not found:
        return False
    return stored == verifier(password, base64.b64decode(found["salt"]), int(found["iterations"]))


if __name__ == "__main__":
    main()
