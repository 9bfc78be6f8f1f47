"""Tests that no event, queue or function of the shop is the emulator's."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, UnixConnector, web
from yarl import URL

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop
from tests.platforms import started
from trunklab import settings
from trunklab.local import emulator
from trunklab.local.platform import repository_templates
from trunklab.stage import Stage

Eventually = Callable[[Callable[[], Any]], Any]

pytestmark = pytest.mark.skipif(
    "config.getoption('--stage', default='local') != 'local'",
    reason="only the local platform has an emulator",
)

BODY_BYTES_MAX: Final = 2**26
_SIGNED_FOR: Final = re.compile(r"Credential=[^,]*/(events|lambda|sqs)/aws4_request")
_FORWARDERS: Final = re.compile(r"(POST|PUT|DELETE) /2015-03-31/functions(/[^/]*)?$")
"""Our functions have forwarders of their names there: created, configured, removed."""


class RefusingEmulator:
    """Stands before the emulator; answers 500 to what would make it deliver anything."""

    def __init__(self, rented: Path, own: Path) -> None:
        self.refused: list[str] = []
        self.forwarders = 0
        """Calls that concerned our forwarders."""
        self._rented = rented
        self.socket_path = own
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Begins to answer at a socket of its own."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    def stop(self) -> None:
        """Ends the thread."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._session = ClientSession(
            connector=UnixConnector(path=str(self._rented), limit=0), auto_decompress=False
        )
        application = web.Application(client_max_size=BODY_BYTES_MAX)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, auto_decompress=False)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.socket_path)).start()

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        if _SIGNED_FOR.search(request.headers.get("Authorization", "")):
            called = f"{request.method} {request.path}"
            if not _FORWARDERS.match(called) and b"tl--" not in body:
                self.refused.append(f"{called} {request.headers.get('X-Amz-Target', '')}")
                return web.Response(status=500)
            self.forwarders += 1
        url = URL(f"http://emulator{request.raw_path}", encoded=True)
        async with self._session.request(
            request.method, url, headers=request.headers, data=body or None
        ) as response:
            kept = {k: v for k, v in response.headers.items() if k.lower() != "transfer-encoding"}
            return web.Response(status=response.status, headers=kept, body=await response.read())


@pytest.fixture
def refusing(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shop, RefusingEmulator]]:
    """A platform with the shop, whose emulator refuses events, queues and functions."""
    made: list[RefusingEmulator] = []
    launch = emulator.launch

    def launched(*words: Any) -> emulator.Emulator:
        real = launch(*words)
        before = RefusingEmulator(real.socket_path, tmp_path_factory.mktemp("s") / "s")
        made.append(before)
        before.start()
        return replace(real, socket_path=before.socket_path)

    monkeypatch.setattr(emulator, "launch", launched)
    with started(*repository_templates()) as platform:
        yield Shop(Stage(settings.LOCAL_STAGE, platform.endpoint)), made[0]
    made[0].stop()


def test_an_order_is_paid_though_the_emulator_delivers_nothing(
    refusing: tuple[Shop, RefusingEmulator], eventually: Eventually
) -> None:
    """And nothing but forwarders was asked of it; a declined customer is told."""
    shop, before = refusing
    declined = an_order(amount_minor=100_001)

    paid_id, declined_id = shop.place(an_order()), shop.place(declined)

    eventually(lambda: shop.status(paid_id) == "PAID")
    eventually(lambda: shop.status(declined_id) == "DECLINED")
    eventually(lambda: shop.rows("notifications", f"inbox#{declined['customer']['id']}"))
    assert before.refused == []
    assert before.forwarders
