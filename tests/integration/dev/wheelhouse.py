"""A registry that is a folder: wheels of what is installed here, and tiny ones of our own."""

import hashlib
import importlib.metadata
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Wheelhouse:
    """Makes wheels in a folder, and the lines of lock files that name them."""

    folder: Path

    def tiny(self, name: str, version: str = "1.0") -> str:
        """Make a wheel with one module; return its lock lines."""
        record = f"{name}-{version}.dist-info"
        files = {
            f"{name}.py": b'"""A module."""\n',
            f"{record}/METADATA": _METADATA.format(name=name, version=version).encode(),
            f"{record}/WHEEL": _WHEEL.encode(),
        }
        return self._write(name, version, files)

    def installed(self, name: str) -> str:
        """Make a wheel of a distribution that is installed here; return its lock lines."""
        distribution = importlib.metadata.distribution(name)
        version = distribution.version
        files = {}
        for file in distribution.files or ():
            inner = str(file)
            if inner.startswith("../"):  # a program: ../../../bin/uv
                inner = f"{name}-{version}.data/scripts/{file.name}"
            if file.suffix != ".pyc" and file.name not in ("RECORD", "INSTALLER", "REQUESTED"):
                files[inner] = Path(str(file.locate())).read_bytes()
        files[f"{name}-{version}.dist-info/WHEEL"] = _WHEEL.encode()
        return self._write(name, version, files)

    def _write(self, name: str, version: str, files: dict[str, bytes]) -> str:
        record = f"{name}-{version}.dist-info/RECORD"
        listing = "".join(f"{path},,{len(content)}\n" for path, content in files.items())
        listing += f"{record},,\n"
        path = self.folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for inner, content in {**files, record: listing.encode()}.items():
                info = zipfile.ZipInfo(inner)
                info.external_attr = (stat.S_IFREG | 0o755) << 16  # programs must be runnable
                wheel.writestr(info, content)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"
