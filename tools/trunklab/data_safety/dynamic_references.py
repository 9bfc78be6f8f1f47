"""Refuses dynamic references: a redeploy does not see that their value has changed."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from trunklab.data_safety.template_sources import Files
from trunklab.findings.finding import Finding

_DYNAMIC: Final = "{{resolve:"
_FIX: Final = (
    "make the value a root parameter of type AWS::SSM::Parameter::Value<String>, and pass it to "
    "nested templates as a plain value"
)


def dynamic_references(files: Files, paths: Iterable[PurePosixPath]) -> Iterator[Finding]:
    """Yields a finding for each line with a dynamic reference, comments apart."""
    for path in sorted(set(paths)):
        for line, text in enumerate(files.read(path).decode(errors="replace").splitlines(), 1):
            if _DYNAMIC in text.partition(" #")[0] and not text.lstrip().startswith("#"):
                message = "a dynamic reference keeps its old value when the parameter changes"
                yield Finding(path, line, "dynamic-reference", message, _FIX)
