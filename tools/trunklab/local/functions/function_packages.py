"""Code of functions and layers, unpacked once for each content."""

import asyncio
import hashlib
import io
import shutil
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from trunklab.local.delivery.steps import FunctionCode

POINTER: Final = ".trunkline-package"
"""A file in a zip with the path of a folder that holds the package unpacked already."""
UNPACKED_BYTES_MAX: Final = 262_144_000
"""Of a package [Lambda quotas: 250 MB]."""

Fetch = Callable[[str, str], Awaitable[bytes]]
"""Returns an object of S3 by bucket and key; raises ApiError."""


class FunctionPackages:
    """Unpacked packages below a folder of the run."""

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        self._folder = folder
        self._fetch = fetch
        self._unpacking = asyncio.Lock()

    async def folder_of(self, code: FunctionCode) -> Path:
        """Returns the folder with a package's files; raises ApiError or ValueError."""
        content = code.zip_file
        if content is None:
            content = await self._fetch(code.bucket or "", code.key or "")
        async with self._unpacking:
            return await asyncio.to_thread(self._unpack, content)

    def _unpack(self, content: bytes) -> Path:
        folder = self._folder / hashlib.sha256(content).hexdigest()
        if folder.is_dir():
            return folder
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as error:
            raise ValueError(f"the package is not a zip file: {error}") from error
        with archive:
            entries = archive.infolist()
            if [entry.filename for entry in entries] == [POINTER]:
                return Path(archive.read(POINTER).decode())
            size = sum(entry.file_size for entry in entries)
            if size > UNPACKED_BYTES_MAX:
                raise ValueError(f"the package has {size} bytes, the limit is {UNPACKED_BYTES_MAX}")
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            archive.extractall(part)
            part.rename(folder)
        return folder
