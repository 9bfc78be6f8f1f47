"""What makes a measurement worthless."""

from trunklab.errors import TrunklabError


class BenchmarkError(TrunklabError):
    """A side did not run, or came to a wrong result: then its speed says nothing."""
