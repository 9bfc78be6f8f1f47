"""How large the package of a consumer is, as it is deployed: built for Lambda, zipped."""

import zipfile
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks.packages import build
from benchmarks.report import Report
from benchmarks.sides import OURS, PEER

MEGABYTE: Final = 1_000_000
_SHOWN: Final = 8


def measure(scratch: Path, report: Report) -> None:
    """Build both; boto3 is in neither, Lambda's runtime brings it."""
    report.title("Package: as deployed, without boto3")
    for side in (OURS, PEER):
        package = scratch / f"{side.name}-deployed"
        build(side, package, for_lambda=True)
        parts = zipped_bytes(package, scratch / f"{side.name}.zip")
        total = sum(parts.values())
        rows = [[name, f"{size / MEGABYTE:.2f}"] for name, size in parts.most_common(_SHOWN)]
        rows.append(["all", f"{total / MEGABYTE:.2f}"])
        report.table([f"{side.name} ships", "MB zipped"], rows)
        report.say("")
        if side is OURS:
            report.keep("package_mb", total / MEGABYTE)


def zipped_bytes(package: Path, archive: Path) -> Counter[str]:
    """What each top-level part of the zip takes, its entry in the zip's directory included."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(path for path in package.rglob("*") if path.is_file()):
            zipped.write(path, path.relative_to(package))
        entries = zipped.infolist()
    parts: Counter[str] = Counter()
    for entry in entries:
        parts[entry.filename.partition("/")[0]] += entry.compress_size
    parts["(directory of the zip)"] = archive.stat().st_size - parts.total()
    return parts
