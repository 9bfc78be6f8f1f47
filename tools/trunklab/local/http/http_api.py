"""Routes of HTTP APIs, from the OpenAPI documents of SAM, and the route of a request."""

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
    """A method, a path with variables, and the function that they invoke."""

    method: str
    path: str
    function_arn: str

    @property
    def key(self) -> str:
        """The routeKey of events."""
        return _DEFAULT if self.path == _DEFAULT else f"{self.method} {self.path}"


@dataclass(frozen=True)
class HttpApi:
    """An HTTP API with its routes."""

    api_id: str
    stage: str
    routes: tuple[Route, ...]

    @property
    def base_path(self) -> str:
        """The prefix of every path; empty for the default stage."""
        return "" if self.stage == _DEFAULT else f"/{self.stage}"


def define(properties: JsonObject) -> tuple[HttpApi, list[str]]:
    """Returns the API of resolved properties, and a note on each part that is not served."""
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
    """Returns the most specific route of a request and its path variables, or None."""
    if not raw_path.startswith(api.base_path):
        return None
    path = "/" + raw_path.removeprefix(api.base_path).lstrip("/")
    matches = [
        (route, variables)
        for route in api.routes
        if (variables := _match(route, method, path)) is not None
    ]
    return max(matches, key=lambda match: _rank(match[0]), default=None)


def _define_route(method: str, path: str, operation: JsonObject) -> tuple[Route | None, str | None]:
    key = f"{method} {path}"
    integration = operation.get(_INTEGRATION, {})
    arn = _FUNCTION_ARN.search(str(integration.get("uri", "")))
    if integration.get("type", "").lower() != "aws_proxy" or not arn:
        return None, f"{key}: its integration is not a function"
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
    """Returns AWS's order: $default last, greedy paths before it, then by literal segments."""
    segments = route.path.split("/")
    literal = sum(not segment.startswith("{") for segment in segments)
    greedy = route.path.endswith("+}")
    return route.path != _DEFAULT, not greedy, literal, route.method != "ANY"
