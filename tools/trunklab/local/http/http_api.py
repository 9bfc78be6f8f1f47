"""The routes of an HTTP API, read from the OpenAPI document that SAM emits, and their order."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from trunklab.templates.template_file import JsonObject

_INTEGRATION: Final = "x-amazon-apigateway-integration"
_ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_CORS: Final = "x-amazon-apigateway-cors"
_DEFAULT: Final = "$default"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_FUNCTION_ARN: Final = re.compile(r"/functions/(arn:.+)/invocations$")


@dataclass(frozen=True)
class Route:
    """One route: a method and a path with variables, and the function behind it."""

    method: str
    path: str
    function_arn: str

    @property
    def key(self) -> str:
        """How events and consoles name it."""
        return _DEFAULT if self.path == _DEFAULT else f"{self.method} {self.path}"


@dataclass(frozen=True)
class HttpApi:
    """What an HTTP API answers with."""

    api_id: str
    stage: str
    routes: tuple[Route, ...]

    @property
    def base_path(self) -> str:
        """What stands before every route: nothing for the stage that SAM makes by itself."""
        return "" if self.stage == _DEFAULT else f"/{self.stage}"


def define(properties: JsonObject) -> tuple[HttpApi, list[str]]:
    """Return the API that resolved properties describe, and what of it is not served here."""
    body = properties["Body"]
    ignored = ["CORS"] if _CORS in body or "CorsConfiguration" in properties else []
    routes = []
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method.lower() not in _METHODS and method != _ANY_METHOD:
                continue
            name = "ANY" if method == _ANY_METHOD else method.upper()
            route, problem = _define_route(name, path, operation)
            routes += [route] if route else []
            ignored += [problem] if problem else []
    return HttpApi(properties["ApiId"], properties["StageName"], tuple(routes)), ignored


def find_route(api: HttpApi, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the most specific route of a request and its path variables, or None."""
    if not raw_path.startswith(api.base_path):
        return None
    path = "/" + raw_path.removeprefix(api.base_path).lstrip("/")
    matches = []
    for route in api.routes:
        variables = _match(route, method, path)
        if variables is not None:
            matches.append((_rank(route), route, variables))
    if not matches:
        return None
    _, route, variables = max(matches, key=lambda match: match[0])
    return route, variables


def _define_route(method: str, path: str, operation: JsonObject) -> tuple[Route | None, str | None]:
    key = f"{method} {path}"
    integration = operation.get(_INTEGRATION, {})
    arn = _FUNCTION_ARN.search(str(integration.get("uri", "")))
    if integration.get("type", "").lower() != "aws_proxy" or not arn:
        return None, f"{key}: its integration is no function"
    if integration.get("payloadFormatVersion") != "2.0":
        return None, f"{key}: its payload format is not 2.0"
    if operation.get("security"):
        return None, f"{key}: it has an authorizer"
    return Route(method, _DEFAULT if path == f"/{_DEFAULT}" else path, arn[1]), None


def _match(route: Route, method: str, path: str) -> dict[str, str] | None:
    if route.path == _DEFAULT:
        return {}
    if route.method not in {"ANY", method}:
        return None
    names: list[str] = []

    def expression(segment: str) -> str:
        if not (segment.startswith("{") and segment.endswith("}")):
            return re.escape(segment)
        names.append(segment[1:-1].removesuffix("+"))
        return "(.+)" if segment.endswith("+}") else "([^/]+)"

    pattern = "/".join(expression(segment) for segment in route.path.split("/"))
    match = re.fullmatch(pattern, path)
    return dict(zip(names, map(unquote, match.groups()), strict=True)) if match else None


def _rank(route: Route) -> tuple[bool, bool, int, bool]:
    """Order routes as AWS does: $default last, greedy before it, then by literal segments."""
    segments = route.path.split("/")
    literal = sum(not segment.startswith("{") for segment in segments)
    greedy = route.path.endswith("+}")
    return route.path != _DEFAULT, not greedy, literal, route.method != "ANY"
