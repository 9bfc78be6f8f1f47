"""The stub as a program: `python -m benchmarks.stub.server <keys of the tables as JSON>`.

It listens on free ports of 127.0.0.1, prints them as one line of JSON, and serves until its
standard input ends. `GET /stub` tells what came in, `POST /stub` makes all empty and puts items.
"""

import asyncio
import json
import sys
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from benchmarks.stub.expressions import ExpressionError
from benchmarks.stub.tables import Refused, Tables

_KINDS = {"DynamoDB_20120810": "dynamodb", "AWSEvents": "events", "AmazonSQS": "sqs"}


class Traces(asyncio.DatagramProtocol):
    """Takes X-Ray's documents and counts them."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def datagram_received(self, data: bytes, _address: Any) -> None:
        """Count what came in."""
        self._counts["datagrams"] += 1
        self._counts["datagram_bytes"] += len(data)


class Stub:
    """Everything that the functions under measurement call."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = keys
        self.traces: Counter[str] = Counter()
        self._forget()

    def _forget(self) -> None:
        self.tables = Tables(self._keys)
        self.calls: Counter[str] = Counter()
        self.events: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.traces.clear()

    async def answer(self, request: web.Request) -> web.Response:
        """One AWS call, told by its header."""
        service, _, operation = request.headers["X-Amz-Target"].partition(".")
        body = json.loads(await request.read())
        self.calls[operation] += 1
        try:
            return _response(200, self._result(_KINDS[service], operation, body))
        except Refused as refused:
            return _response(400, {"__type": refused.code, "message": "", **refused.more})
        except (ExpressionError, KeyError, TypeError) as error:
            return _response(400, {"__type": "ValidationException", "message": repr(error)})

    def _result(self, service: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if service == "dynamodb":
            return self.tables.operations[operation](body)
        if operation == "PutEvents":
            self.events += body["Entries"]
            first = len(self.events) - len(body["Entries"])
            ids = [f"{first + index:036d}" for index in range(len(body["Entries"]))]
            return {"FailedEntryCount": 0, "Entries": [{"EventId": one} for one in ids]}
        self.messages.append({"operation": operation, **body})
        return {"MessageId": str(len(self.messages))}

    async def tell(self, _request: web.Request) -> web.Response:
        """What came in since the last reset."""
        return web.json_response(
            {
                "calls": self.calls,
                "units": self.tables.units,
                "tables": {name: list(items.values()) for name, items in self.tables.items.items()},
                "events": self.events,
                "messages": self.messages,
                "traces": self.traces,
            }
        )

    async def reset(self, request: web.Request) -> web.Response:
        """Forget everything, then put the items that the request brings."""
        self._forget()
        for table, items in (await request.json()).items():
            for item in items:
                self.tables.operations["PutItem"]({"TableName": table, "Item": item})
        self.tables.units.clear()
        return web.json_response({})


def _response(status: int, content: dict[str, Any]) -> web.Response:
    body = json.dumps(content).encode()
    return web.Response(
        status=status,
        body=body,
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "x-amzn-RequestId": "00000000-0000-0000-0000-000000000000",
            "x-amz-crc32": str(zlib.crc32(body)),
        },
    )


async def serve(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Listen, say where, and go on until standard input ends."""
    stub = Stub(keys)
    app = web.Application(client_max_size=16_000_000)
    app.router.add_get("/stub", stub.tell)
    app.router.add_post("/stub", stub.reset)
    app.router.add_post("/", stub.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Traces(stub.traces), local_addr=("127.0.0.1", 0)
    )
    ports = {"http": runner.addresses[0][1], "udp": transport.get_extra_info("sockname")[1]}
    sys.stdout.write(f"{json.dumps(ports)}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    transport.close()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve({name: tuple(key) for name, key in json.loads(sys.argv[1]).items()}))
