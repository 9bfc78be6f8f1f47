"""AWS's JSON and REST-JSON protocols on the server's side, driven by botocore's service models."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape
from multidict import MultiMapping

from trunklab.local.delivery.steps import SENDER_FAULT, ApiError, JsonObject
from trunklab.local.http.service_shapes import reader, writer

_VALIDATION_ERROR: Final = "ValidationException"
_UNKNOWN_OPERATION: Final = "UnknownOperationException"
_NOT_FOUND: Final = 404
_SERVER_FAULT: Final = 500
_SHOWN_PROBLEMS_MAX: Final = 10
_QUERY_CODES: Final = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    **{
        name: f"AWS.SimpleQueueService.{name}"
        for name in (
            *("BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest"),
            *("InvalidBatchEntryId", "MessageNotInflight", "PurgeQueueInProgress"),
            *("QueueDeletedRecently", "TooManyEntriesInBatchRequest", "UnsupportedOperation"),
        )
    },
}
"""Codes of the older query protocol where they differ: SQS still answers both, and boto3 shows
the older one. The service model does not hold them."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The parts of a request that the protocols read."""

    method: str
    path: str
    """Still percent-encoded, without the query."""
    query: MultiMapping[str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as the protocols write it."""

    status: int
    body: bytes
    headers: dict[str, str]


class AwsProtocol:
    """Reads requests and writes responses of one service."""

    def __init__(self, service: str) -> None:
        self._model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        self._is_rest = self._model.metadata["protocol"] == "rest-json"
        self._version = self._model.metadata.get("jsonVersion", "1.1")
        self._is_query_compatible = "awsQueryCompatible" in self._model.metadata
        self._routes = sorted(self._rest_routes(), key=lambda route: route[0], reverse=True)

    @property
    def operations(self) -> list[str]:
        """The names of all operations of the service."""
        return list(self._model.operation_names)

    def read(self, request: HttpRequest) -> tuple[str, JsonObject]:
        """Returns operation and parameters as boto3 takes them.

        Raises ApiError for an unknown operation, for what is not JSON, and for parameters that
        the service model does not allow.
        """
        if self._is_rest:
            operation, labels = self._find_route(request)
        else:
            name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if name not in self._model.operation_names:
                raise ApiError(_UNKNOWN_OPERATION, f"Unknown operation {name!r}")
            operation, labels = self._model.operation_model(name), {}
        given = self._parameters(operation, request, labels)
        return operation.name, self._checked(operation, given)

    def check(self, operation: str, given: JsonObject) -> JsonObject:
        """Returns parameters of boto3; raises ApiError if the model does not allow them."""
        model = self._model.operation_model(operation)
        members = model.input_shape.members if model.input_shape is not None else {}
        names = {name: one.serialization.get("name", name) for name, one in members.items()}
        return self._checked(model, {names.get(key, key): one for key, one in given.items()})

    def _checked(self, operation: OperationModel, given: JsonObject) -> JsonObject:
        shape = operation.input_shape
        problems: list[str] = []
        read = reader(shape) if shape is not None else None
        parameters: JsonObject = read(given, "", problems) if read else given
        if problems:
            plural = "" if len(problems) == 1 else "s"
            shown = "; ".join(problems[:_SHOWN_PROBLEMS_MAX])
            message = f"{len(problems)} validation error{plural} detected: {shown}"
            raise ApiError(_VALIDATION_ERROR, message)
        return parameters

    def write(self, operation: str, response: JsonObject) -> HttpResponse:
        """Returns the response to an operation."""
        model = self._model.operation_model(operation)
        shape = model.output_shape
        status = model.http.get("responseCode", 200)
        if not self._is_rest or shape is None:
            body = _written(shape, response) if shape is not None else response
            return self._json(status, body if shape is not None or not self._is_rest else None)
        members, headers, payload = dict(response), {}, None
        for name, member in shape.members.items():
            location = member.serialization.get("location")
            if location is None or name not in members:
                continue
            value = members.pop(name)
            if location == "statusCode":
                status = value
            elif location == "header":
                headers[member.serialization["name"]] = str(value)
        if (payload_name := shape.serialization.get("payload")) is not None:
            payload = members.pop(payload_name, b"")
            if isinstance(payload, bytes):
                return HttpResponse(status, payload, headers)
        written = self._json(status, _written(shape, members))
        return HttpResponse(written.status, written.body, written.headers | headers)

    def write_error(self, error: ApiError) -> HttpResponse:
        """Returns the response for an error."""
        shapes = {shape.name: shape for shape in self._model.error_shapes}
        shape = shapes.get(error.code)
        status = error.status
        spelled = "message"
        if shape is not None:
            if status == SENDER_FAULT:
                status = shape.metadata.get("error", {}).get("httpStatusCode", status)
            spelled = next((name for name in shape.members if name.lower() == "message"), spelled)
        body = {spelled: error.message, **error.members}
        if shape is not None and "Type" in shape.members:  # all errors of Lambda have it
            body["Type"] = "User" if status < _SERVER_FAULT else "Service"
        headers = {"x-amzn-ErrorType": error.code}
        if not self._is_rest:
            prefix = (
                f"com.amazonaws.{self._model.service_name}#" if self._is_query_compatible else ""
            )
            body = {"__type": prefix + error.code, **body}
        if self._is_query_compatible:
            code = _QUERY_CODES.get(error.code, error.code)
            headers["x-amzn-query-error"] = f"{code};Sender"
        written = self._json(status, body)
        return HttpResponse(status, written.body, written.headers | headers)

    def _json(self, status: int, body: JsonObject | None) -> HttpResponse:
        kind = "application/json" if self._is_rest else f"application/x-amz-json-{self._version}"
        text = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return HttpResponse(status, text, {"Content-Type": kind})

    def _rest_routes(self) -> Iterator[tuple[tuple[int, int], str, re.Pattern[str], str]]:
        if not self._is_rest:
            return
        for name in self._model.operation_names:
            http = self._model.operation_model(name).http
            path = http["requestUri"].partition("?")[0].rstrip("/")
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
            pattern = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", pattern)
            literal = len([part for part in path.split("/") if "{" not in part])
            yield (literal, len(path)), http["method"], re.compile(pattern + "/?"), name

    def _find_route(self, request: HttpRequest) -> tuple[OperationModel, dict[str, str]]:
        for _, method, pattern, name in self._routes:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                labels = {key: unquote(value) for key, value in found.groupdict().items()}
                return self._model.operation_model(name), labels
        message = f"Unknown operation: {request.method} {unquote(request.path)}"
        raise ApiError(_UNKNOWN_OPERATION, message, _NOT_FOUND)

    def _parameters(
        self, operation: OperationModel, request: HttpRequest, labels: dict[str, str]
    ) -> JsonObject:
        shape = operation.input_shape
        if not self._is_rest or shape is None:
            return _json_object(request.body)
        given: JsonObject = dict(labels)
        for name, member in shape.members.items():
            location = member.serialization.get("location")
            serialized = member.serialization.get("name", name)
            if location == "header" and serialized in request.headers:
                given[serialized] = _from_text(member, [request.headers[serialized]])
            elif location == "querystring" and serialized in request.query:
                given[serialized] = _from_text(member, request.query.getall(serialized))
        payload = shape.serialization.get("payload")
        if payload is None:
            return _json_object(request.body) | given
        is_blob = shape.members[payload].type_name == "blob"
        return given | {payload: request.body if is_blob else _json_object(request.body)}


def _json_object(body: bytes) -> JsonObject:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ApiError("SerializationException", "The body is not a JSON object")
    return value


def _from_text(shape: Shape, values: list[str]) -> Any:
    if isinstance(shape, ListShape):
        return [_from_text(shape.member, [value]) for value in values]
    text = values[-1]
    if shape.type_name in {"integer", "long"}:
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
    if shape.type_name == "boolean":
        return text == "true"
    return text


def _written(shape: Shape, response: JsonObject) -> JsonObject:
    written: JsonObject = writer(shape)(response)
    return written
