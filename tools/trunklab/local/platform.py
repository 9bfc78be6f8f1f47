"""The local platform: starts emulator and front, deploys templates, serves, stops."""

import contextlib
import itertools
import os
import platform as machine
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from trunklab import effects, settings
from trunklab.errors import PlatformError, TemplateError
from trunklab.local import emulator, environments, pid_file, state_folder
from trunklab.local.deploy import emulator_template, handler_check, package_cache
from trunklab.local.deploy.deployer import Deployer, Stack
from trunklab.local.deploy.prepare import Prepared, ignored_properties, prepare
from trunklab.local.emulator import Emulator
from trunklab.local.http import access_key, listeners, peers
from trunklab.local.http.front import Front
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.traces.trace_collector import TraceCollector
from trunklab.local.traces.xray_api import TraceStore

Report = Callable[[str], None]
"""Receives a line for each finished step."""

_ALIVE_POLL_S: Final = 0.25
_OPEN_APIS: Final = (
    "this system does not say which user a connection comes from: the endpoint demands the access"
    " key, but other users of this machine can call the HTTP APIs"
)


@dataclass(frozen=True)
class Wanted:
    """Templates to deploy, and where to listen."""

    templates: tuple[Path, ...]
    port: int = settings.LOCAL_PORT
    kernel_answers: bool = field(default_factory=peers.kernel_answers)
    """True if connections are admitted by their user, False if requests by an access key."""


def repository_templates() -> tuple[Path, ...]:
    """Returns the platform's template, then those of the services."""
    services = sorted(settings.REPOSITORY.glob("services/*/template.yaml"))
    return (settings.REPOSITORY / "template.yaml", *services)


@contextlib.contextmanager
def running(wanted: Wanted, report: Report = lambda _step: None) -> Iterator["Platform"]:
    """Starts a platform and deploys the templates; stops both at the end."""
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
        """The key that signs requests to the endpoint; None if any key is accepted."""
        self.folder = Path()
        """Private to this run, and deleted with it."""
        self.notes: list[str] = []
        """Local differences that concern these templates."""
        self._wanted = wanted
        self._report = report
        self._cleanup = contextlib.ExitStack()
        # Sockets are closed last, whenever they were bound: the front must release them first.
        self._sockets = self._cleanup.enter_context(contextlib.ExitStack())
        self._emulator: Emulator | None = None
        self._ready = False

    def start(self) -> None:
        """Starts everything; call `stop` after it, even if it raises."""
        for path in self._wanted.templates:
            if path.is_dir():
                raise TemplateError(path, "is a directory: name the template file in it")
            if not path.is_file():
                raise TemplateError(path, "the template does not exist")
        with state_folder.explained():
            self._start()

    def _start(self) -> None:
        listener = self._bind(self._wanted.port)
        self.endpoint = listeners.address(listener)
        pid_file.write(listeners.port(listener), self.access_key)
        self._cleanup.callback(pid_file.remove, listeners.port(listener))
        self.folder = state_folder.create_run_folder()
        self._cleanup.callback(state_folder.remove_run_folder, self.folder)
        log = settings.STATE_DIRECTORY / "log" / f"emulator-{listeners.port(listener)}.log"
        traces = TraceStore()
        collector = TraceCollector(traces)
        self._cleanup.callback(collector.stop)
        collector.start()
        self._emulator = emulator.launch(
            self.folder, log, listeners.port(listener), collector.address, self.access_key
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
        """Stops everything that was started, in reverse order; may be called repeatedly."""
        self._ready = False
        self._cleanup.close()

    def serve(self) -> NoReturn:
        """Waits for an interrupt; raises EmulatorError if the emulator ends before that."""
        while True:
            effects.sleep(_ALIVE_POLL_S)
            self.check_alive()

    def check_alive(self, within_s: float = 0.0) -> None:
        """Raises EmulatorError if the emulator has ended, or ends within that time."""
        if self._emulator and self._emulator.has_died(within_s):
            raise emulator.died(self._emulator)

    def status(self) -> dict[str, object]:
        """Returns the response of `/_trunkline/status`."""
        rented = self._emulator
        return {
            "pid": os.getpid(),
            "ready": self._ready,
            "stage": settings.LOCAL_STAGE,
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "stacks": {name: stack.outputs for name, stack in self.stacks.items()},
            "http_apis": dict(self.http_apis),
            "emulator": {"name": rented.name, "pid": rented.process.pid} if rented else None,
            "notes": list(self.notes),
        }

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Raises PlatformError for errors of botocore, EmulatorError if the emulator has ended."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see local_clients.py
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - the same

        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            self.check_alive(EMULATOR_DYING_S)
            raise PlatformError(f"the emulator refuses what a deployment needs: {error}") from error

    def _bind(self, port: int) -> socket.socket:
        bound = listeners.take(port)
        self._sockets.callback(bound.close)
        return bound

    def _start_front(self, rented: Emulator, listener: socket.socket, traces: TraceStore) -> Front:
        emulator.wait_until_healthy(rented)
        self._report(f"emulator {rented.name} answers")
        front = Front(rented.socket_path, self.status, traces, self.access_key)
        front.start(listener)
        self._cleanup.callback(front.stop)
        emulator.warm_up(rented)
        return front

    def _prepare(self) -> list[Prepared]:
        prepared = prepare(list(self._wanted.templates), settings.LOCAL_STAGE)
        packages = [package for one in prepared for package in one.packages.values()]
        package_cache.unpack(packages, self.folder)
        return prepared

    def _deploy(self, prepared: list[Prepared], front: Front) -> None:
        self._note_differences(prepared)
        first = self._wanted.port
        # HTTP APIs get the ports after the endpoint's, in the order of the templates.
        ports = itertools.count(first + 1) if first else itertools.repeat(0)
        sockets = [
            {key: self._bind(next(ports)) for key in emulator_template.http_apis(one.body)}
            for one in prepared
        ]
        deployer = Deployer(self.endpoint, self.folder)
        for one, own in zip(prepared, sockets, strict=True):
            urls = {key: listeners.address(bound) for key, bound in own.items()}
            stack = deployer.deploy(one, urls)
            for key, api in stack.apis.items():
                front.serve_api(own[key], api)
                self.http_apis[f"{stack.name}/{key}"] = urls[key] + api.base_path
            self.stacks[stack.name] = stack
            self.notes += stack.notes
            self._report(f"stack {stack.name} deployed")

    def _note_differences(self, prepared: list[Prepared]) -> None:
        here = environments.find("lambda").packages.parent.name
        runtimes = sorted({name for one in prepared for name in one.runtimes} - {here})
        if runtimes:
            self.notes.append(
                f"functions declare {', '.join(runtimes)}; here they run on this machine's {here}"
                f" ({machine.machine()})"
            )
        if self.access_key:
            self.notes.append(_OPEN_APIS)
        self.notes += ignored_properties([one.body for one in prepared])
