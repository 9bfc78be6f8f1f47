"""Admits connections of the platform's own user, before the first byte of any is read."""

import asyncio
from collections.abc import Callable
from typing import cast

from trunklab.local.http import peers


class OwnerOnly(asyncio.Protocol):
    """Hands a connection to the server's protocol, or aborts it."""

    def __init__(self, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        self._make_protocol = make_protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks the kernel; asyncio begins to read only after this, and never if aborted."""
        accepted = cast("asyncio.Transport", transport)
        admitted = False
        try:
            local, remote = (accepted.get_extra_info(name) for name in ("sockname", "peername"))
            admitted = peers.is_ours(local, remote)
        finally:
            if not admitted:
                accepted.abort()
        if admitted:
            protocol = self._make_protocol()
            accepted.set_protocol(protocol)
            protocol.connection_made(accepted)
