"""A stage: its AWS clients, its stacks and their resources."""

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

_MESSAGE_CHARACTERS_MAX: Final = 300
"""Characters shown of an error that another server sent."""


class StageError(TrunklabError):
    """A stage cannot be reached or refuses the call; a retry does not help."""

    exit_status = 2


class Stage:
    """A named stage behind an endpoint: the local platform's, or AWS itself."""

    def __init__(self, name: str, endpoint: str | None = None) -> None:
        self.name = name
        self.is_local = name == settings.LOCAL_STAGE
        self.endpoint = settings.endpoint(endpoint) if self.is_local else endpoint
        self._client = cache(self._new_client)
        self._session = cache(self._new_session)

    @property
    def place(self) -> str:
        """The stage's address for messages."""
        return self.endpoint or "AWS"

    def client(self, service: str) -> Any:
        """Returns the AWS client of that service."""
        return self._client(service)

    def resources(self, resource_type: str) -> dict[str, tuple[str, ...]]:
        """Returns the physical ids of one type of resource, per service of the stage."""
        prefix = f"trunkline-{self.name}-"
        cloudformation = self.client("cloudformation")
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        names = [stack["StackName"] for page in pages for stack in page["Stacks"]]
        return {
            name.removeprefix(prefix): tuple(
                resource["PhysicalResourceId"]
                for resource in cloudformation.describe_stack_resources(StackName=name)[
                    "StackResources"
                ]
                if resource["ResourceType"] == resource_type
            )
            for name in names
            if name.startswith(prefix)
        }

    def outputs(self, service: str) -> Mapping[str, str]:
        """Returns the outputs of one service's stack."""
        name = f"trunkline-{self.name}-{service}"
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def bus(self) -> str:
        """Returns the name of the stage's bus, as the platform stack publishes it."""
        response = self.client("ssm").get_parameter(Name=f"/trunkline/{self.name}/bus-name")
        return str(response["Parameter"]["Value"])

    def _new_client(self, service: str) -> Any:
        try:
            if self.is_local:
                return local_clients.client(service, settings.endpoint(self.endpoint))
            return self._session().client(service, endpoint_url=self.endpoint, config=_CONFIG)
        except ValueError as error:
            raise StageError(f"stage {self.name}: {error}; see --endpoint") from error

    def _new_session(self) -> Any:
        """Returns the user's session; with an endpoint, its defaults are local ones."""
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
        """Turns botocore's errors inside the block into a StageError."""
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
            # Another server than AWS may send a whole page.
            message = printable(" ".join(str(error).split()), _MESSAGE_CHARACTERS_MAX)
            raise StageError(f"stage {self.name} at {self.place}: {message}") from error
