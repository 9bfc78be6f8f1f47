"""Style rules that ruff and mypy cannot express: `python -m trunklab.dev.style`."""
