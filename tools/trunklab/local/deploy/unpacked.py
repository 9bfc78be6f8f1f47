"""Unpacks each package once per run; functions get links to it instead of a copy for every worker.

The emulator unpacks a function's zip for each of its processes, in the one thread that serves
everybody: a third of a second, twenty times in a busy minute. So the zip it gets is a pointer.
"""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from trunklab.local.deploy.package_cache import Package
from trunklab.local.functions.function_start import POINTER


def unpack(packages: Iterable[Package], run_folder: Path) -> None:
    """Unpack packages into the run's folder, read-only as they are in AWS."""
    for package in {package.key: package for package in packages}.values():
        folder = place(package, run_folder)
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(folder)
            for entry in archive.infolist():
                # Folders stay writable, so that the run's folder can be removed.
                (folder / entry.filename).chmod(entry.external_attr >> 16 & 0o555)


def place(package: Package, run_folder: Path) -> Path:
    """Return where a package is unpacked."""
    return run_folder / "packages" / package.path.stem


def pointer(package: Package, run_folder: Path) -> bytes:
    """Return the zip that stands for a package; `function_start.py` follows it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo(POINTER), str(place(package, run_folder)))
    return content.getvalue()
