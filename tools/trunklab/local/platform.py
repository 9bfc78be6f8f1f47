"""The local platform: starts emulator and front, deploys templates, serves, stops."""

import contextlib
import itertools
import logging
import os
import platform as machine
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from trunklab import effects, settings
from trunklab.errors import HandlerImportError, PlatformError, TemplateError, UsageError
from trunklab.local import emulator, environments, pid_file, state_folder
from trunklab.local.deploy import custom_resources, handler_check, package_cache
from trunklab.local.deploy.deployer import Deployer, Stack
from trunklab.local.deploy.prepare import Prepared, ignored_properties, prepare
from trunklab.local.emulator import Emulator
from trunklab.local.http import access_key, listeners, peers
from trunklab.local.http.front import Front, OwnPlace
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
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Values of the templates' parameters, before those of samconfig.toml."""
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


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Writes the warnings and errors of the platform itself to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    logger = logging.getLogger("trunklab.local")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


class Platform:
    """A local platform; made by `running`."""

    def __init__(self, wanted: Wanted, report: Report) -> None:
        self.stacks: dict[str, Stack] = {}
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
        self._front: Front | None = None
        self._ready = False
        self._deployed: dict[Path, Prepared] = {}
        self._bound: deque[socket.socket] = deque()
        """For HTTP APIs that are not served yet."""
        first = wanted.port
        self._ports = itertools.count(first + 1) if first else itertools.repeat(0)

    @property
    def http_apis(self) -> dict[str, str]:
        """The address of each HTTP API by `<stack>/<logical id>`."""
        return dict(self._front.http_apis) if self._front else {}

    @property
    def parameters(self) -> Mapping[str, str]:
        """Values of parameters that go before those of samconfig.toml."""
        return self._wanted.parameters

    @property
    def deployed(self) -> Mapping[Path, Prepared]:
        """The templates that run, by their paths."""
        return self._deployed

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
        logs, port = settings.STATE_DIRECTORY / "log", listeners.port(listener)
        log = logs / f"emulator-{port}.log"
        self._cleanup.enter_context(_logged(logs / f"platform-{port}.log"))
        collector = TraceCollector(TraceStore())
        self._cleanup.callback(collector.stop)
        collector.start()
        self._emulator = emulator.launch(self.folder, log, listeners.port(listener))
        self._cleanup.callback(emulator.stop, self._emulator)
        with ThreadPoolExecutor(1, "start") as pool:
            preparing = pool.submit(self._prepare)
            self._start_front(self._emulator, listener, collector)
            prepared = preparing.result()
        self._report(f"{len(prepared)} templates ready to deploy")
        with self._explained():
            self._deployer = Deployer(self.endpoint, self.folder)
            self._deploy(prepared)
            handler_check.check(prepared, self.endpoint, self.folder)
        self._report("all handlers import")
        self._ready = True

    def stop(self) -> None:
        """Stops everything that was started, in reverse order; may be called repeatedly."""
        self._ready = False
        self._cleanup.close()

    def serve(self, tick: Callable[[], None] = lambda: None) -> NoReturn:
        """Waits for an interrupt, and calls `tick` several times a second.

        Raises EmulatorError if the emulator ends before that.
        """
        while True:
            effects.sleep(_ALIVE_POLL_S)
            self.check_alive()
            tick()

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
            "http_apis": self.http_apis,
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

    def _bind_next(self) -> socket.socket:
        return self._bound.popleft() if self._bound else self._bind(next(self._ports))

    def _start_front(
        self, rented: Emulator, listener: socket.socket, collector: TraceCollector
    ) -> None:
        emulator.wait_until_healthy(rented)
        self._report(f"emulator {rented.name} answers")
        own = OwnPlace(
            *(rented.socket_path, self.folder, self.endpoint, collector.address, self.access_key)
        )
        front = Front(own, self.status, collector.store, self._bind_next)
        self._cleanup.callback(front.stop)
        front.start(listener)
        self._front = front
        emulator.warm_up(rented)

    def _prepare(self) -> list[Prepared]:
        given = self._wanted.parameters
        prepared = prepare(list(self._wanted.templates), settings.LOCAL_STAGE, given)
        declared = {name for one in prepared for name in one.template.body.get("Parameters") or {}}
        for name in given.keys() - declared:
            raise UsageError(f"no template declares the parameter {name}: check --parameter")
        packages = [package for one in prepared for package in one.packages.values()]
        package_cache.unpack(packages, self.folder)
        return prepared

    def _deploy(self, prepared: list[Prepared]) -> None:
        self._note_differences(prepared)
        # Before anything is deployed: a port that cannot be had stops the start.
        apis = sum(len(custom_resources.http_apis(one.body)) for one in prepared)
        self._bound.extend(self._bind(next(self._ports)) for _ in range(apis))
        for one in prepared:
            self._deploy_stack(one)
            self._deployed[one.template.path] = one
            self._report(f"stack {one.stage.stack_name} deployed")

    def _deploy_stack(self, prepared: Prepared) -> None:
        stack = self._deployer.deploy(prepared)
        self.stacks[stack.name] = stack
        notes = self._front.notes if self._front else []
        self.notes += [note for note in notes if note not in self.notes]

    def redeploy(self, new: Prepared) -> str:
        """Deploys a new or changed template; returns what was done, "" if nothing has changed.

        Changed code alone is replaced without a stack update. If an error is raised, what was
        deployed before runs on.
        """
        old = self._deployed.get(new.template.path)
        package_cache.unpack(new.packages.values(), self.folder)
        with self._explained():
            if old is None or old.outline != new.outline:
                self._replace_stack(old, new)
                done = "stack updated" if old else "stack created"
            else:
                ids = [key for key, one in new.packages.items() if one != old.packages[key]]
                # Before the change: code that cannot be imported is never deployed.
                handler_check.check([new] if ids else [], self.endpoint, self.folder)
                self._deployer.replace_code(new, ids)
                done = f"code of {len(ids)} functions replaced" if ids else ""
        self._deployed[new.template.path] = new
        # Invocations that run may still import modules of the code that was replaced.
        kept = [*self._deployed.values(), *([old] if old else [])]
        packages = (package for one in kept for package in one.packages.values())
        package_cache.remove_unpacked(self.folder, packages)
        return done

    def _replace_stack(self, old: Prepared | None, new: Prepared) -> None:
        self._deploy_stack(new)
        # Code that was replaced alone is not in the stack that CloudFormation knows.
        self._deployer.replace_code(new, new.packages)
        try:
            handler_check.check([new], self.endpoint, self.folder)
        except HandlerImportError:
            if old is not None:
                self._deploy_stack(old)
                self._deployer.replace_code(old, old.packages)
            raise

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
