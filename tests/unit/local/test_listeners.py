"""A port is checked before it is taken."""

import pytest

from trunklab.errors import UsageError
from trunklab.local.http import listeners


@pytest.mark.parametrize("port", [-1, 65_536, 70_000])
def test_a_port_that_cannot_be_is_wrong_usage(port: int) -> None:
    """The message has the port and the range; 65536 is what an HTTP API gets after 65535."""
    with pytest.raises(UsageError, match=rf"port {port} is outside 0\.\.65535"):
        listeners.take(port)
