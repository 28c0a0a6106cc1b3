"""Runs beside a gateway: ask /probe/process by many clients at once; prints the answers as a JSON list.

Arguments: the number of clients, and the milliseconds that each request runs.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection


def ask(milliseconds: str) -> object:
    connection = HTTPConnection("127.0.0.1", timeout=60)
    connection.request("GET", f"/probe/process?ms={milliseconds}")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"observe_concurrency: {answer.status}")
    return json.loads(body)


def main() -> None:
    clients = int(sys.argv[1])
    with ThreadPoolExecutor(clients) as pool:
        json.dump(list(pool.map(ask, [sys.argv[2]] * clients)), sys.stdout)


if __name__ == "__main__":
    main()
