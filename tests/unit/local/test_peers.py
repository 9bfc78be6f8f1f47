"""The kernel says whose a connection is, and only an established one of this user is ours."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from trunklab.local.http import peers
from trunklab.local.http.peers import Row

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's kernel")

V4, V6 = socket.AF_INET, socket.AF_INET6
MAPPED = "::ffff:127.0.0.1"
NO_PROTOCOL = 30
"""Of netlink: no kernel has one of this number."""


@dataclass(frozen=True)
class Pair:
    """Both ends of a connection, and the addresses that the server saw."""

    client: socket.socket
    accepted: socket.socket
    local: peers.Address
    remote: peers.Address

    @property
    def is_ours(self) -> bool:
        """What the kernel says."""
        return peers.is_ours(self.local, self.remote)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes every socket of a test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pair(opened: ExitStack) -> Pair:
    """A connection of this process to itself."""
    return connect(opened, "127.0.0.1", V4, "127.0.0.1")


def connect(opened: ExitStack, host: str, family: socket.AddressFamily, to: str) -> Pair:
    """Connects a client of one family to a server that listens at `host`."""
    listens_at = V6 if ":" in host else V4
    server = opened.enter_context(
        socket.create_server((host, 0), family=listens_at, dualstack_ipv6=host == "::")
    )
    client = opened.enter_context(socket.socket(family))
    client.connect((to, server.getsockname()[1]))
    accepted, remote = server.accept()
    opened.enter_context(accepted)
    return Pair(client, accepted, accepted.getsockname(), remote)


@pytest.mark.parametrize(
    ("host", "family", "to"),
    [
        ("127.0.0.1", V4, "127.0.0.1"),
        ("127.0.0.1", V6, MAPPED),
        ("::1", V6, "::1"),
        ("::", V4, "127.0.0.1"),
        ("::", V6, MAPPED),
        ("::", V6, "::1"),
    ],
)
def test_a_connection_of_this_user_is_ours_over_ipv4_and_ipv6(
    opened: ExitStack, host: str, family: socket.AddressFamily, to: str
) -> None:
    """A dual-stack server or client shows IPv4 addresses as IPv6."""
    assert connect(opened, host, family, to).is_ours


def test_a_connection_whose_peer_has_closed_is_not_ours(pair: Pair) -> None:
    """The kernel lists it with user 0 and inode 0, as if it were root's."""
    pair.client.sendall(b"GET / HTTP/1.1\r\n\r\n")
    pair.client.close()

    assert not pair.is_ours


def test_a_connection_whose_peer_sends_no_more_is_not_ours(pair: Pair) -> None:
    """Only an established one is."""
    pair.client.shutdown(socket.SHUT_WR)

    assert not pair.is_ours


def test_a_connection_that_has_gone_is_not_ours(pair: Pair) -> None:
    """Both have closed; the addresses are kept for a while without an owner."""
    pair.client.close()
    pair.accepted.close()

    assert not pair.is_ours


def test_a_connection_that_never_was_is_not_ours(pair: Pair) -> None:
    """The kernel offers the listening socket at the peer's address instead."""
    nobody = ("127.0.0.1", 9)

    assert not peers.is_ours(nobody, pair.local)
    assert not peers.is_ours(pair.local, nobody)


@pytest.mark.parametrize(
    "row",
    [
        Row(1, os.geteuid() + 1, 7),
        Row(1, os.geteuid(), 0),
        Row(1, 0, 0),
        *(Row(state, os.geteuid(), 7) for state in range(13) if state != 1),
    ],
)
def test_a_row_of_another_user_or_state_or_without_inode_is_not_ours(row: Row) -> None:
    """States are those of linux/tcp_states.h; a platform of root is no exception."""
    assert not row.is_ours


def test_a_kernel_that_cannot_be_asked_admits_nobody(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises instead of guessing; the platform asks for an access key then."""
    assert peers.kernel_answers()
    monkeypatch.setattr(peers, "_SOCK_DIAG", NO_PROTOCOL)

    assert not peers.kernel_answers()
    with pytest.raises(OSError, match="not supported"):
        peers.is_ours(pair.local, pair.remote)


def test_another_system_than_linux_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(sys, "platform", "darwin")

    assert not peers.kernel_answers()
