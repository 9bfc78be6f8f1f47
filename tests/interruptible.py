"""Commands that Ctrl-C ends, whatever the tests were started by."""

import sys
from typing import Final

_BY_DEFAULT: Final = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def interruptible(*command: str) -> list[str]:
    """The command, begun so that SIGINT reaches it.

    What a script starts in the background inherits that it ignores the signal, and a shell cannot
    even trap what it ignored when it began.
    """
    return [sys.executable, "-c", _BY_DEFAULT, *command]
