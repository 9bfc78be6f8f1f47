"""A function's package as `sam build` leaves it: what is in it and what machine it is for."""

import hashlib
import io
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ELF_MAGIC: Final = b"\x7fELF"
ELF_64_BIT: Final = 2
ELF_LITTLE_ENDIAN: Final = 1
ELF_AARCH64: Final = 183
"""`e_machine` of ARM 64-bit (ELF for the Arm 64-bit Architecture)."""

COMPILED: Final = {".so", ".pyd", ".dylib", ".dll"}


@dataclass(frozen=True)
class Artefact:
    """One function's package; `service` and `function` say whose."""

    service: str
    function: str
    folder: Path
    handler: str

    @property
    def files(self) -> list[Path]:
        """Every file, relative to the package."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder) for path in found)

    @property
    def compiled(self) -> list[Path]:
        """Files of machine code, by name or by content."""
        return [
            path
            for path in self.files
            if path.suffix in COMPILED or (self.folder / path).read_bytes()[:4] == ELF_MAGIC
        ]

    def digest(self) -> str:
        """A hash over all names and contents."""
        total = hashlib.sha256()
        for path in self.files:
            content = hashlib.sha256((self.folder / path).read_bytes()).hexdigest()
            total.update(f"{path} {content}\n".encode())
        return total.hexdigest()

    def zipped_bytes(self) -> int:
        """How large the package is as it is uploaded."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in self.files:
                archive.write(self.folder / path, path)
        return len(stream.getvalue())


def is_for_aarch64(path: Path) -> bool:
    """Whether a file is 64-bit ARM machine code, by its ELF header."""
    header = path.read_bytes()[:20]
    if header[:6] != ELF_MAGIC + bytes([ELF_64_BIT, ELF_LITTLE_ENDIAN]):
        return False
    (machine,) = struct.unpack_from("<H", header, 18)
    return bool(machine == ELF_AARCH64)


def is_for_python313(path: Path) -> bool:
    """Whether CPython 3.13 loads an extension of this name."""
    tags = path.name.split(".")[1:-1]
    return any(tag == "abi3" or tag.startswith("cpython-313-") for tag in tags)
