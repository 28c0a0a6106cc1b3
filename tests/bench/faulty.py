"""A server that is wrong now and then: runs in a container in the place of a gateway.

The path says what is wrong with every 50th response: /wrong a byte, /status the status, /short its end.
/stall keeps all requests waiting for half a second, once; /first answers one connection, and others only once
that one is closed. Everything else is right.
"""

import asyncio
import time

BODY = b"Hello, World!"
PERIOD = 50
counts: dict[str, int] = {}
answered: list[asyncio.StreamWriter] = []


def response(path: str) -> bytes:
    counts[path] = counts.get(path, 0) + 1
    due = counts[path] % PERIOD == 0
    status = b"500 Internal Server Error" if due and path == "/status" else b"200 OK"
    body = b"Hello, Wurld!" if due and path == "/wrong" else BODY
    if path == "/stall" and counts[path] == PERIOD:
        time.sleep(0.5)
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + (body[:5] if due and path == "/short" else body)


def is_first(writer: asyncio.StreamWriter) -> bool:
    if not answered:
        answered.append(writer)
    return answered == [writer]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split()[1].decode()
            if path == "/first" and not is_first(writer):
                await reader.read()  # until the client gives up
                break
            answer = response(path)
            writer.write(answer)
            await writer.drain()
            if not answer.endswith((BODY, b"!")):
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has gone
    finally:
        if answered == [writer]:
            answered.clear()
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "0.0.0.0", 80)  # noqa: S104 (of a container)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
