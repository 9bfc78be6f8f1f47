"""Watches the files of deployed templates, and deploys what has changed into the platform."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

from trunklab import effects, settings
from trunklab.errors import PlatformError, TrunklabError
from trunklab.local.deploy.function_build import not_read
from trunklab.local.deploy.prepare import Prepared, prepare
from trunklab.local.local_limits import PREPARE_AT_ONCE
from trunklab.local.platform import Platform, Report
from trunklab.templates.declared_handlers import source_files

FILES_MAX: Final = 20_000
"""Files below one folder: all are looked at several times a second."""

_Files = dict[Path, tuple[int, int]]
"""Time of the last change in nanoseconds, and size in bytes, of each file."""


class Watch:
    """Deploys changed and new templates; `templates` returns those that should run.

    What cannot be built or deployed is reported, and what was deployed before runs on.
    """

    def __init__(
        self, platform: Platform, templates: Callable[[], tuple[Path, ...]], report: Report
    ) -> None:
        self._platform = platform
        self._templates = templates
        self._report = report
        self._roots = {path: one.roots for path, one in platform.deployed.items()}
        self._failed: set[Path] = set()
        self._seen: dict[Path, _Files] = {}
        # Empty, so that a change between the first build and the first look is found.
        self._handled: dict[Path, _Files] = {}

    def tick(self) -> None:
        """Looks for changes, and deploys them once no file has changed since the last look."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            return
        changed = [path for path, files in seen.items() if files != self._handled.get(path)]
        for path in self._handled.keys() - seen.keys():
            self._report(f"{_shown(path)} is gone: its stack stays until the next start")
        self._handled = seen
        if changed:
            self._deploy(changed)

    def _deploy(self, paths: list[Path]) -> None:
        start_s = effects.monotonic()
        with ThreadPoolExecutor(PREPARE_AT_ONCE, "prepare") as pool:
            given = settings.LOCAL_STAGE, self._platform.parameters
            preparing = {path: pool.submit(prepare, [path], *given) for path in paths}
            for path, future in preparing.items():
                try:
                    done = self._deployed(path, future)
                except (TrunklabError, OSError) as error:
                    self._failed.add(path)
                    self._report(f"not deployed, the previous version keeps running: {error}")
                    continue
                if path in self._failed:
                    self._failed.remove(path)
                    done = done or "is again as it was deployed"
                if done:
                    self._report(f"{_shown(path)}: {done} ({effects.monotonic() - start_s:.1f} s)")

    def _deployed(self, path: Path, preparing: Future[list[Prepared]]) -> str:
        (prepared,) = preparing.result()
        self._roots[path] = prepared.roots
        return self._platform.redeploy(prepared)

    def _look(self) -> dict[Path, _Files]:
        """Returns the files of each template; templates share most folders."""
        found: dict[Path, _Files] = {}

        def below(root: Path) -> _Files:
            if root not in found:
                found[root] = dict(_files(root))
            return found[root]

        return {
            template: {
                path: state
                for root in self._roots.get(template, {template.parent})
                for path, state in below(root).items()
            }
            for template in self._templates()
        }


def _files(root: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    paths = source_files(root, without=not_read(root)) if root.is_dir() else iter((root,))
    for number, path in enumerate(islice(paths, FILES_MAX + 1)):
        if number == FILES_MAX:
            raise PlatformError(f"{root}: more than {FILES_MAX} files; deploy without --watch")
        try:
            state = path.stat()
        except FileNotFoundError:  # deleted since it was listed
            continue
        yield path, (state.st_mtime_ns, state.st_size)


def _shown(path: Path) -> Path:
    within = path.is_relative_to(settings.REPOSITORY)
    return path.relative_to(settings.REPOSITORY) if within else path
