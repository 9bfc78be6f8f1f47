"""Makes the environments that Trunkline needs: `python3 tools/setup.py`, or `make setup`."""

import sys

OLDEST_PYTHON = (3, 11)


def refusal(version: "tuple[int, ...]", executable: str) -> "str | None":
    """Return why a Python is too old, or None. Quotes hide the annotations from an old one."""
    if tuple(version) >= OLDEST_PYTHON:
        return None
    found = ".".join(map(str, version))
    return (
        f"setup: Trunkline needs Python 3.11 or newer; {executable} is {found}. "
        "Install a newer one and name it: make setup PYTHON=python3.13\n"
    )


def main() -> int:
    """Refuse an old Python in words; only then import what it could not even read."""
    reason = refusal(sys.version_info[:3], sys.executable)
    if reason is not None:
        sys.stderr.write(reason)
        return 1
    from trunklab.dev import setup  # noqa: PLC0415 - see the docstring

    return setup.main()


if __name__ == "__main__":
    sys.exit(main())
