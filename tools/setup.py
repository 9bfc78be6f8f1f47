"""Makes the environments that Trunkline needs: `python3 tools/setup.py`, or `make setup`."""

import sys

OLDEST_PYTHON = (3, 11)


def refusal(version: "tuple[int, ...]", executable: str) -> "str | None":
    """Returns why a Python is too old, or None. Quotes hide the annotations from an old Python."""
    if tuple(version) >= OLDEST_PYTHON:
        return None
    found = ".".join(map(str, version))
    return (
        f"setup: Trunkline needs Python 3.11 or newer; {executable} is {found}. "
        "Install a newer one and use it: make setup PYTHON=python3.13\n"
    )


def main() -> int:
    """Refuses an old Python before importing what it could not parse."""
    reason = refusal(sys.version_info[:3], sys.executable)
    if reason is not None:
        sys.stderr.write(reason)
        return 1
    from trunklab.dev import setup  # noqa: PLC0415 - see the docstring

    return setup.main()


if __name__ == "__main__":
    sys.exit(main())
