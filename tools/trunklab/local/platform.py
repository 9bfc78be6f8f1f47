"""The whole local platform: starts emulator and front, deploys templates, serves, stops."""

import contextlib
import os
import platform as machine
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.errors import PlatformError, TemplateError
from trunklab.local import emulator, environments, pid_file, run_folder, state_folder
from trunklab.local.deploy import handler_check, unpacked, without_effect
from trunklab.local.deploy.deployer import Deployer, Stack
from trunklab.local.deploy.prepare import Prepared, prepare
from trunklab.local.emulator import Emulator
from trunklab.local.http import access_key, listeners, peers
from trunklab.local.http.front import Front
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.traces.trace_collector import TraceCollector
from trunklab.local.traces.trace_store import TraceStore

Report = Callable[[str], None]
"""Is told of each step when it is done."""

_ALIVE_POLL_S: Final = 0.25
_OPEN_APIS: Final = (
    "this system does not say which user a connection comes from: the endpoint demands the access"
    " key, but other users of this machine can call the HTTP APIs"
)


@dataclass(frozen=True)
class Wanted:
    """What to start."""

    templates: tuple[Path, ...]
    port: int = settings.LOCAL_PORT
    stage: str = settings.LOCAL_STAGE
    kernel_answers: bool = field(default_factory=peers.kernel_answers)
    """True if connections are admitted by their user, False if requests by an access key."""


def repository_templates() -> tuple[Path, ...]:
    """Return the platform's template and then every service's."""
    services = sorted(settings.REPOSITORY.glob("services/*/template.yaml"))
    return (settings.REPOSITORY / "template.yaml", *services)


@contextlib.contextmanager
def running(wanted: Wanted, report: Report = lambda _step: None) -> Iterator["Platform"]:
    """Start a platform, deploy to it, and stop it with everything it has started."""
    platform = Platform(wanted, report)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


class Platform:
    """A local platform; made by `running`."""

    def __init__(self, wanted: Wanted, report: Report) -> None:
        self.stacks: dict[str, Stack] = {}
        self.http_apis: dict[str, str] = {}
        """The address of each HTTP API by `<stack>/<logical id>`."""
        self.endpoint = ""
        self.access_key = None if wanted.kernel_answers else access_key.make()
        """What requests to the endpoint must be signed with; None if any key will do."""
        self.folder = Path()
        """Private to this run, and gone with it."""
        self.notes: list[str] = []
        """What a user should know: where local differs for these very templates."""
        self._wanted = wanted
        self._report = report
        self._cleanup = contextlib.ExitStack()
        # Closed last, whenever taken: the front lets go of its sockets first.
        self._sockets = self._cleanup.enter_context(contextlib.ExitStack())
        self._stop_asked = threading.Event()
        self._emulator: Emulator | None = None
        self._ready = False

    def start(self) -> None:
        """Start everything; whoever calls this calls stop, whatever happens."""
        for path in self._wanted.templates:
            if path.is_dir():
                raise TemplateError(path, "is a directory: name the template file in it")
            if not path.is_file():
                raise TemplateError(path, "there is no such template")
        with state_folder.explained():
            self._start()

    def _start(self) -> None:
        listener = self._take(self._wanted.port)
        self.endpoint = listeners.address(listener)
        pid_file.write(listeners.port(listener), self.access_key)
        self._cleanup.callback(pid_file.remove, listeners.port(listener))
        self.folder = run_folder.create()
        self._cleanup.callback(run_folder.remove, self.folder)
        log = settings.STATE_DIRECTORY / "log" / f"emulator-{listeners.port(listener)}.log"
        traces = TraceStore(self.folder / "traces")
        collector = self._start_collector(traces)
        self._emulator = emulator.launch(
            self.folder, log, listeners.port(listener), collector, self.access_key
        )
        self._cleanup.callback(emulator.stop, self._emulator)
        with ThreadPoolExecutor(1, "start") as pool:
            preparing = pool.submit(self._prepare)
            front = self._start_front(self._emulator, listener, traces)
            prepared = preparing.result()
        self._report(f"{len(prepared)} templates ready to deploy")
        with self._explained():
            self._deploy(prepared, front)
            handler_check.check(prepared, self.endpoint, self.folder)
        self._report("all handlers import")
        self._ready = True

    def stop(self) -> None:
        """Stop everything that was started, in reverse; safe to call at any time, twice too."""
        self._ready = False
        self._cleanup.close()

    def ask_to_stop(self) -> None:
        """Make `serve` return; may be called from a signal handler or another thread."""
        self._stop_asked.set()

    def serve(self) -> None:
        """Wait until asked to stop; raise EmulatorError if the emulator dies meanwhile."""
        while not self._stop_asked.wait(_ALIVE_POLL_S):
            self.check_alive()

    def check_alive(self, within_s: float = 0.0) -> None:
        """Raise EmulatorError if the emulator has died, or does so within that time."""
        if self._emulator and self._emulator.has_died(within_s):
            raise emulator.died(self._emulator)

    def status(self) -> dict[str, object]:
        """Return what `/_trunkline/status` answers."""
        rented = self._emulator
        return {
            "pid": os.getpid(),
            "ready": self._ready,
            "stage": self._wanted.stage,
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "stacks": {name: stack.outputs for name, stack in self.stacks.items()},
            "http_apis": dict(self.http_apis),
            "emulator": {"name": rented.name, "pid": rented.process.pid} if rented else None,
            "notes": list(self.notes),
        }

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what botocore raises into words: above all, that the emulator has died."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see clients.py
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - the same

        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            self.check_alive(EMULATOR_DYING_S)
            raise PlatformError(f"the emulator refuses what a deployment needs: {error}") from error

    def _take(self, port: int) -> socket.socket:
        taken = listeners.take(port)
        self._sockets.callback(taken.close)
        return taken

    def _start_collector(self, traces: TraceStore) -> str:
        collector = TraceCollector(traces)
        self._cleanup.callback(collector.stop)
        collector.start()
        return collector.address

    def _start_front(self, rented: Emulator, listener: socket.socket, traces: TraceStore) -> Front:
        emulator.wait_until_healthy(rented)
        self._report(f"emulator {rented.name} answers")
        front = Front(rented.socket_path, self.status, traces, self.access_key)
        front.start(listener)
        self._cleanup.callback(front.stop)
        emulator.warm_up(rented)
        return front

    def _prepare(self) -> list[Prepared]:
        prepared = prepare(list(self._wanted.templates), self._wanted.stage)
        packages = [package for one in prepared for package in one.packages.values()]
        unpacked.unpack(packages, self.folder)
        return prepared

    def _deploy(self, prepared: list[Prepared], front: Front) -> None:
        self._note_runtimes(prepared)
        if self.access_key:
            self.notes.append(_OPEN_APIS)
        self.notes += without_effect.note([one.body for one in prepared])
        api_sockets = self._take_api_ports(prepared)
        deployer = Deployer(self.endpoint, self.folder)
        for number, one in enumerate(prepared):
            urls = {key: listeners.address(api_sockets[number, key]) for key in one.http_apis}
            stack = deployer.deploy(one, urls)
            for key, api in stack.apis.items():
                front.serve_api(api_sockets[number, key], api)
                self.http_apis[f"{stack.name}/{key}"] = urls[key] + api.base_path
            self.stacks[stack.name] = stack
            self.notes += stack.notes
            self._report(f"stack {stack.name} deployed")

    def _take_api_ports(self, prepared: list[Prepared]) -> dict[tuple[int, str], socket.socket]:
        """Take a port for each HTTP API, in the templates' order, right behind the endpoint's."""
        names = [(number, key) for number, one in enumerate(prepared) for key in one.http_apis]
        first = self._wanted.port
        return {
            name: self._take(first + offset if first else 0)
            for offset, name in enumerate(names, start=1)
        }

    def _note_runtimes(self, prepared: list[Prepared]) -> None:
        here = environments.find("lambda").packages.parent.name
        runtimes = sorted({name for one in prepared for name in one.runtimes} - {here})
        if runtimes:
            said = ", ".join(runtimes)
            self.notes.append(
                f"functions declare {said}; here they run on this machine's {here}"
                f" ({machine.machine()})"
            )
