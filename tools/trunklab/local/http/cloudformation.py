"""The rented CloudFormation with our resources in it: what goes in, what comes out, its calls."""

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape

from aiohttp import ClientSession

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.local.deploy import custom_resources, sam_translation
from trunklab.local.deploy.resource_deletion import Resource
from trunklab.local.deploy.resource_types import ServeApi, Types
from trunklab.local.http import subscriptions
from trunklab.local.service_calls import ServiceCalls
from trunklab.templates import template_file

_LOGGER: Final = logging.getLogger(__name__)
BUCKET: Final = "trunkline-local-templates"
NESTED_STACKS_MAX: Final = 20
"""Templates that one deployment may read."""
_WITH_TEMPLATE: Final = frozenset(
    {"CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate", "GetTemplateSummary"}
)
_NAMESPACE: Final = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_NEVER_MADE: Final = "trunkline-never-made"
"""The id of a resource that could not be created: there is nothing to delete."""
_STACK: Final = "AWS::CloudFormation::Stack"


class CloudFormation:
    """Stands between clients and the rented CloudFormation."""

    def __init__(
        self,
        emulator: ServiceCalls,
        session: ClientSession,
        own: ServiceCalls,
        serve_api: ServeApi,
        endpoint: Callable[[], str],
    ) -> None:
        self._emulator = emulator
        self._session = session
        self._types = Types(own.call, serve_api)
        self._endpoint = endpoint
        self._originals: dict[str, str] = {}
        """The templates of stacks by name, as clients gave them."""

    async def prepare(self) -> None:
        """Makes the bucket for rewritten templates."""
        await self._emulator.call("s3", "CreateBucket", {"Bucket": BUCKET})

    async def request(self, body: bytes) -> bytes:
        """Returns what the emulator is asked; raises TemplateError, ApiError."""
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = given.get("Action", "")
        if action not in _WITH_TEMPLATE or not {"TemplateBody", "TemplateURL"} & given.keys():
            return body
        text = given.get("TemplateBody") or await self._fetch(given["TemplateURL"])
        rewritten = await self._rewritten(text, _parameters(given), [])
        if "StackName" in given and action != "GetTemplateSummary":
            self._originals[_stack_name(given["StackName"])] = text
        given.pop("TemplateBody", None)
        given["TemplateURL"] = await self._keep(rewritten)
        return urlencode(given).encode()

    def answer_without_emulator(self, body: bytes) -> str | None:
        """Returns the answer to GetTemplate for a stack whose template we have."""
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        original = self._originals.get(_stack_name(given.get("StackName", "")))
        if given.get("Action") != "GetTemplate" or original is None or "ChangeSetName" in given:
            return None
        # SAM CLI reads a nested template's bucket and key from AWS's form of the URL alone.
        local = rf"((?:TemplateURL|Location)[\"']?:\s*[\"']?){re.escape(self._endpoint())}/"
        original = re.sub(local, rf"\1https://s3.{settings.LOCAL_REGION}.amazonaws.com/", original)
        stages = "".join(f"<member>{name}</member>" for name in ("Original", "Processed"))
        return (
            f'<GetTemplateResponse xmlns="{_NAMESPACE}"><GetTemplateResult>'
            f"<TemplateBody>{escape(original)}</TemplateBody>"
            f"<StagesAvailable>{stages}</StagesAvailable></GetTemplateResult>"
            "<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata>"
            "</GetTemplateResponse>"
        )

    async def provide(self, event: JsonObject) -> None:
        """Does what the rented CloudFormation asks for one resource, and tells it the result."""
        physical_id = event.get("PhysicalResourceId", "")
        answer: JsonObject = {
            "Status": "SUCCESS",
            "PhysicalResourceId": physical_id or _NEVER_MADE,
            **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
        }
        try:
            answer |= await self._provided(event, physical_id)
        except ApiError as error:
            answer |= {"Status": "FAILED", "Reason": f"{error.message} ({error.code})"}
        except Exception as error:  # without an answer the stack would wait for its time-out
            _LOGGER.exception("%s could not be provided", event["LogicalResourceId"])
            answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"}
        url = urlsplit(event["ResponseURL"])
        path = f"{url.path}?{url.query}" if url.query else url.path
        async with self._session.put(f"http://localhost{path}", data=json.dumps(answer).encode()):
            pass

    async def _provided(self, event: JsonObject, physical_id: str) -> JsonObject:
        new = _resource(event, "ResourceProperties", physical_id)
        kind = event["RequestType"]
        if kind == "Delete":
            if physical_id != _NEVER_MADE:
                await self._types.delete(new)
            return {}
        if kind == "Update":
            old = _resource(event, "OldResourceProperties", physical_id)
            made = await self._types.update(new, old)
        else:
            made = await self._types.create(new)
        return {"PhysicalResourceId": made.physical_id, "Data": made.attributes}

    async def _rewritten(self, text: str, parameters: dict[str, str], read: list[str]) -> str:
        """Returns a template for the emulator; nested ones are rewritten too."""
        if len(read) >= NESTED_STACKS_MAX:
            raise ApiError("ValidationError", f"More than {NESTED_STACKS_MAX} templates are nested")
        read.append(text)
        path = Path("template")
        is_json = text.lstrip().startswith("{")
        body = json.loads(text) if is_json else template_file.parse(path, text.encode()).body
        # Slow: the translator is imported when it is first needed.
        translated = await asyncio.to_thread(sam_translation.translate, path, body, parameters)
        resources = dict(translated.get("Resources") or {})
        for key, resource in resources.items():
            subscriptions.check_resource(key, resource)
            properties = resource.get("Properties") or {}
            url = properties.get("TemplateURL")
            if resource.get("Type") == _STACK and isinstance(url, str):
                inner = await self._rewritten(await self._fetch(url), {}, read)
                changed = properties | {"TemplateURL": await self._keep(inner)}
                resources[key] = resource | {"Properties": changed}
            location = properties.get("DefinitionS3Location")
            if resource.get("Type") == custom_resources.STATE_MACHINE and location:
                given = {name: location[name] for name in ("Bucket", "Key")}
                found = await self._emulator.call("s3", "GetObject", given)
                changed = {**properties, "DefinitionString": found["Body"].read().decode()}
                del changed["DefinitionS3Location"]
                resources[key] = resource | {"Properties": changed}
        return json.dumps(custom_resources.rewrite(translated | {"Resources": resources}))

    async def _fetch(self, url: str) -> str:
        """Returns a template in the emulator's S3, whatever form its URL has."""
        parts = urlsplit(url)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        host = parts.hostname or ""
        if ".s3" in host:
            bucket, key = host.partition(".s3")[0], unquote(parts.path).lstrip("/")
        found = await self._emulator.call("s3", "GetObject", {"Bucket": bucket, "Key": key})
        content: str = found["Body"].read().decode()
        return content

    async def _keep(self, text: str) -> str:
        """Puts a template into the emulator's S3 and returns its URL."""
        key = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        put = {"Bucket": BUCKET, "Key": key, "Body": text.encode()}
        await self._emulator.call("s3", "PutObject", put)
        return f"{self._endpoint()}/{BUCKET}/{key}"


def error_document(error: TemplateError | ApiError, code: str = "ValidationError") -> str:
    """Returns an error as CloudFormation answers it, or another service of its protocol."""
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(str(error))}</Message></Error>"
        "<RequestId>local</RequestId></ErrorResponse>"
    )


def _resource(event: JsonObject, member: str, physical_id: str) -> Resource:
    return Resource(
        stack=_stack_name(event["StackId"]),
        logical_id=event["LogicalResourceId"],
        kind=custom_resources.shown(event["ResourceType"]),
        properties=json.loads(event[member]["Properties"]),
        physical_id=physical_id,
    )


def _stack_name(name_or_id: str) -> str:
    return name_or_id.partition(":stack/")[2].partition("/")[0] or name_or_id


def _parameters(given: dict[str, str]) -> dict[str, str]:
    parameters = {}
    for name, key in given.items():
        if name.startswith("Parameters.member.") and name.endswith(".ParameterKey"):
            value = given.get(name.removesuffix("Key") + "Value")
            if value is not None:
                parameters[key] = value
    return parameters
