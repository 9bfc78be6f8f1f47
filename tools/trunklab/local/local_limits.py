"""Every bound of the local platform, with its unit and source."""

from typing import Final

# Processes
EMULATOR_START_S: Final = 30.0
"""Starts in 0.4 s; the first start compiles some 200 000 lines on a slow disk."""
EMULATOR_STOP_S: Final = 5.0
"""Between SIGTERM and SIGKILL; it keeps nothing, so nothing is lost."""
EMULATOR_DYING_S: Final = 0.5
"""A killed process closes its connections some moments before it has ended."""
LOG_TAIL_LINES: Final = 8
BUILD_S: Final = 600.0
"""One package, cold caches, slow network."""
IMPORT_CHECK_S: Final = 60.0
DOWN_S: Final = 30.0
"""The wait of `trunkline down` for a platform to end."""
PS_S: Final = 5.0
"""One process looked up by ps, where there is no /proc."""

# Requests
REQUEST_BYTES_MAX: Final = 100 * 1024 * 1024
"""The front holds a request in memory; a zipped package is the largest there is (AWS: 50 MB)."""
REQUEST_S: Final = 900.0 + 30.0
"""The longest a call through the front may take: a synchronous invocation of 900 s and some."""
REQUEST_BODY_S: Final = 30.0
"""From the headers to the end of the body; 100 MB over loopback take less than a second."""
STATUS_S: Final = 5.0
CALL_ATTEMPTS_MAX: Final = 3
"""Of one call of ours to the emulator; a retry waits for at most a second or two."""
OWNER_S: Final = 1.0
"""Whoever has taken our port gets this long to say that it is a platform."""

# HTTP APIs (AWS: quotas of API Gateway HTTP APIs)
HTTP_API_BODY_BYTES_MAX: Final = 10 * 1024 * 1024
HTTP_API_TIMEOUT_S: Final = 30.0

# Deployment
STACK_S: Final = 300.0
STACK_POLL_S: Final = 0.02
PREPARE_AT_ONCE: Final = 4
"""Templates prepared side by side; each may run a build of its own."""

# Schema registry (AWS: API model 2019-12-02)
SCHEMA_CONTENT_CHARACTERS_MAX: Final = 100_000
SCHEMA_NAME_CHARACTERS_MAX: Final = 385
REGISTRY_NAME_CHARACTERS_MAX: Final = 64
SCHEMA_PAGE_MAX: Final = 100

# Addresses
PORT_MAX: Final = 65_535
"""A port is 16 bits of a TCP header."""
UNIX_SOCKET_PATH_BYTES_MAX: Final = 100
"""sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the final zero."""

# Traces (AWS: quotas of X-Ray)
TRACE_DATAGRAM_BYTES_MAX: Final = 65_535
"""The largest that UDP knows."""
TRACE_BUFFER_BYTES: Final = 4 * 1024 * 1024
"""The requested receive buffer; the system may grant less."""
TRACE_NAME_CHARACTERS_MAX: Final = 200
TRACE_DEPTH_MAX: Final = 100
"""Levels of objects and arrays in a document: ours; a level of subsegments takes two."""
TRACE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Documents kept in memory, some 60,000; beyond it the oldest are dropped."""
TRACE_IDS_MAX: Final = 5
"""Traces of one BatchGetTraces."""
TRACE_SUMMARIES_PAGE_MAX: Final = 100
