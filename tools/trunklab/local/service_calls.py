"""Calls AWS services in the front's event loop, by botocore's service models."""

import asyncio
import io
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from aiohttp import ClientError, ClientSession
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from yarl import URL

from trunklab import settings
from trunklab.local.delivery.steps import ApiError, JsonObject

_LOGGER: Final = logging.getLogger(__name__)
_ERROR_STATUS: Final = 300
_UNREACHABLE: Final = "ServiceUnavailable"
_UNREACHABLE_STATUS: Final = 503
_LOG_FLUSH_S: Final = 0.05
"""Log lines are written in batches, at most this late."""
_LOG_EVENTS_MAX: Final = 10_000
"""PutLogEvents takes as many in one call [service model]."""


class ServiceCalls:
    """Calls the services that answer at one address."""

    def __init__(self, session: ClientSession, address: str, access_key: str) -> None:
        self._session = session
        self._address = address
        self._access_key = access_key

    async def call(self, service: str, operation: str, parameters: JsonObject) -> JsonObject:
        """Returns the response to an operation; raises ApiError.

        Values are turned into the types of the service model: templates may write `"30"` for 30,
        and objects where an API takes JSON.
        """
        model = _model(service)
        called = model.operation_model(operation)
        parameters = _typed(called.input_shape, parameters)
        protocol = model.metadata["protocol"]
        request = create_serializer(protocol).serialize_to_request(parameters, called)
        body = request["body"]
        scope = f"{self._access_key}/20000101/{settings.LOCAL_REGION}"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}/{model.signing_name}/aws4_request"
        try:
            async with self._session.request(
                request["method"],
                URL(self._address + request["url_path"], encoded=True).update_query(
                    request["query_string"] or {}
                ),
                headers={**request["headers"], "Authorization": signed},
                data=body,
            ) as response:
                answered: dict[str, Any] = {
                    "status_code": response.status,
                    "headers": {key.lower(): value for key, value in response.headers.items()},
                    "body": await response.read(),
                }
                if called.has_streaming_output and response.status < _ERROR_STATUS:
                    # As a stream: the parser would take bytes for text.
                    answered["body"] = io.BytesIO(answered["body"])
        except (ClientError, TimeoutError) as error:
            problem = f"{service} does not answer: {error}"
            raise ApiError(_UNREACHABLE, problem, _UNREACHABLE_STATUS) from error
        parsed: JsonObject = create_parser(protocol).parse(answered, called.output_shape)
        if response.status >= _ERROR_STATUS:
            problem = parsed.get("Error", {})
            code, message = problem.get("Code", ""), problem.get("Message", "")
            raise ApiError(code or str(response.status), message, response.status)
        return parsed


def log_lost(what: str) -> None:
    """Writes to the platform's log that something could not be delivered."""
    _LOGGER.warning("lost: %s", what)


class FunctionLogs:
    """Writes the lines of functions to the emulator's log groups, in batches."""

    def __init__(self, rented: ServiceCalls) -> None:
        self._rented = rented
        self._waiting: dict[tuple[str, str], list[JsonObject]] = defaultdict(list)
        self._known: set[tuple[str, str]] = set()
        self._flushing: asyncio.Task[None] | None = None

    def write(self, group: str, stream: str, lines: list[tuple[float, str]]) -> None:
        """Takes lines with their times in seconds since the epoch; they are written soon."""
        self._waiting[group, stream] += [
            {"timestamp": int(when * 1000), "message": line} for when, line in lines if line
        ]
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def close(self) -> None:
        """Writes what is left."""
        if self._flushing is not None:
            await self._flushing

    async def _flush(self) -> None:
        while self._waiting:
            await asyncio.sleep(_LOG_FLUSH_S)
            waiting, self._waiting = self._waiting, defaultdict(list)
            for (group, stream), events in waiting.items():
                try:
                    await self._put(group, stream, events)
                except ApiError as error:
                    text = "%d lines of %s are lost: %s"
                    _LOGGER.warning(text, len(events), group, error.message)

    async def _put(self, group: str, stream: str, events: list[JsonObject]) -> None:
        await self._create(group, stream)
        named = {"logGroupName": group, "logStreamName": stream}
        for start in range(0, len(events), _LOG_EVENTS_MAX):
            batch = {"logEvents": events[start : start + _LOG_EVENTS_MAX]}
            await self._rented.call("logs", "PutLogEvents", {**named, **batch})

    async def _create(self, group: str, stream: str) -> None:
        if (group, stream) in self._known:
            return
        named = {"logGroupName": group}
        for operation, parameters in (
            ("CreateLogGroup", named),
            ("CreateLogStream", {**named, "logStreamName": stream}),
        ):
            try:
                await self._rented.call("logs", operation, parameters)
            except ApiError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
        self._known.add((group, stream))


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _typed(shape: Shape | None, value: Any) -> Any:
    """Returns a value in the type that a service model wants; what cannot be turned stays."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = shape.members
        return {key: _typed(known[key], item) for key, item in value.items() if key in known}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_typed(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _typed(shape.value, item) for key, item in value.items()}
    return _SCALARS.get(shape.type_name, _as_it_is)(value) if shape is not None else value


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _integer(value: Any) -> Any:
    is_digits = isinstance(value, str) and value.lstrip("-").isdecimal()
    return int(value) if is_digits else value


def _flag(value: Any) -> Any:
    return value == "true" if value in {"true", "false"} else value


_SCALARS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "string": _text,
    "integer": _integer,
    "long": _integer,
    "boolean": _flag,
}
