"""Print all processes of this container but this one as JSON; runs inside, on its own.

Left out is the engine's runc while it prepares a healthcheck: it drops its privileges on the way, and only
then starts the container's program.
"""

import json
import os
import sys
from pathlib import Path


def read(folder: Path) -> dict[str, object]:
    lines = (folder / "status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return {
        "pid": int(folder.name),
        "parent": int(status["PPid"]),
        "name": status["Name"].strip(),
        "uids": [int(uid) for uid in status["Uid"].split()],
        "effective_capabilities": int(status["CapEff"], 16),
        "no_new_privileges": status["NoNewPrivs"].strip() == "1",
        "seccomp": int(status["Seccomp"]),
    }


processes = []
for folder in Path("/proc").glob("[0-9]*"):
    try:
        processes.append(read(folder))
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        continue
own = [each for each in processes if not str(each["name"]).startswith("runc:[")]
json.dump([each for each in own if each["pid"] != os.getpid()], sys.stdout)
