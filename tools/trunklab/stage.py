"""One stage as anyone with AWS credentials sees it: its clients, its stacks and what they hold."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)
from botocore.parsers import ResponseParserError

from trunklab import settings
from trunklab.errors import TrunklabError
from trunklab.local import local_clients
from trunklab.printable import printable

_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
)

_ANSWER_CHARACTERS_MAX: Final = 300
"""Characters shown of an error that came over the wire."""


class StageError(TrunklabError):
    """A stage cannot be reached, or refuses to answer; retrying the same call is no use."""

    exit_status = 2


class Stage:
    """A named stage behind an endpoint: the local platform's, or AWS itself."""

    def __init__(self, name: str, endpoint: str | None = None) -> None:
        self.name = name
        self.is_local = name == settings.LOCAL_STAGE
        self.endpoint = settings.endpoint(endpoint) if self.is_local else endpoint
        self._client = cache(self._made)
        self._session = cache(self._configured)

    @property
    def place(self) -> str:
        """Where the stage is, in words for a message."""
        return self.endpoint or "AWS"

    def client(self, service: str) -> Any:
        """Return the AWS client of that service."""
        return self._client(service)

    def resources(self, resource_type: str) -> dict[str, tuple[str, ...]]:
        """Return the physical ids of one type of resource, per service of the stage."""
        prefix = f"trunkline-{self.name}-"
        found: dict[str, tuple[str, ...]] = {}
        cloudformation = self.client("cloudformation")
        for page in cloudformation.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                if stack["StackName"].startswith(prefix):
                    found[stack["StackName"].removeprefix(prefix)] = tuple(
                        resource["PhysicalResourceId"]
                        for resource in self._resources_of(stack["StackName"])
                        if resource["ResourceType"] == resource_type
                    )
        return found

    def outputs(self, service: str) -> Mapping[str, str]:
        """Return the outputs of one service's stack."""
        name = f"trunkline-{self.name}-{service}"
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def bus(self) -> str:
        """Return the name of the stage's bus, as the platform stack publishes it."""
        name = f"/trunkline/{self.name}/bus-name"
        answer = self.client("ssm").get_parameter(Name=name)
        return str(answer["Parameter"]["Value"])

    def _resources_of(self, stack_name: str) -> list[Any]:
        answer = self.client("cloudformation").describe_stack_resources(StackName=stack_name)
        resources: list[Any] = answer["StackResources"]
        return resources

    def _made(self, service: str) -> Any:
        try:
            if self.is_local:
                return local_clients.client(service, settings.endpoint(self.endpoint))
            return self._session().client(service, endpoint_url=self.endpoint, config=_CONFIG)
        except ValueError as error:
            raise StageError(f"stage {self.name}: {error}; see --endpoint") from error

    def _configured(self) -> Any:
        """Return a session of what the user has configured.

        Who names an endpoint means something like AWS, usually without accounts or regions: what
        is not configured is then as on the local platform.
        """
        session = boto3.Session()
        if not self.endpoint:
            return session
        if session.region_name is None:
            session = boto3.Session(region_name=settings.LOCAL_REGION)
        if session.get_credentials() is None:
            session = boto3.Session(
                aws_access_key_id=settings.LOCAL_CREDENTIAL,
                aws_secret_access_key=settings.LOCAL_CREDENTIAL,
                region_name=session.region_name,
            )
        return session

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what botocore raises inside into a StageError that says what to do."""
        try:
            yield
        except (EndpointConnectionError, HTTPClientError) as error:
            advice = "start one with `trunkline up`" if self.is_local else "see --endpoint"
            raise StageError(f"nothing answers at {self.place}: {advice}") from error
        except (NoCredentialsError, NoRegionError) as error:
            raise StageError(
                f"stage {self.name}: {error} Set AWS_PROFILE and AWS_DEFAULT_REGION."
            ) from error
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            # What answers may be no AWS at all, and send a page.
            said = printable(" ".join(str(error).split()), _ANSWER_CHARACTERS_MAX)
            raise StageError(f"stage {self.name} at {self.place}: {said}") from error
