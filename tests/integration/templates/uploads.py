"""Runs `sam package` against the S3 of a local platform, and reads what it uploaded."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final
from urllib.parse import urlsplit

from tests.integration.templates import sam
from trunklab import settings
from trunklab.local import local_clients
from trunklab.local.platform import Platform
from trunklab.templates.template_file import parse

BUCKET: Final = "packages"
PACKAGED: Final = Path("packaged.yaml")


def package(platform: Platform, folders: Mapping[str, Path]) -> Mapping[str, bytes]:
    """Packages services by name and folder; returns each zip by `<service>.<function>`."""
    client = local_clients.client("s3", platform.endpoint)
    client.create_bucket(Bucket=BUCKET)
    variables = {
        "AWS_ENDPOINT_URL": platform.endpoint,
        "AWS_ACCESS_KEY_ID": platform.access_key or settings.LOCAL_CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
    }
    words = ("package", "--s3-bucket", BUCKET, "--output-template-file", str(PACKAGED))

    def run(folder: Path) -> CompletedProcess[str]:
        return sam.run(*words, folder=folder, **variables)

    with ThreadPoolExecutor() as pool:
        failed = [done.stdout for done in pool.map(run, folders.values()) if done.returncode != 0]
    assert failed == []
    return {
        f"{service}.{name}": zipped
        for service, folder in folders.items()
        for name, zipped in _uploaded(client, (folder / PACKAGED).read_bytes())
    }


def _uploaded(client: Any, template: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields the zip of each function; a nested one has the names of its stack and its own."""
    for name, resource in parse(PACKAGED, template).body["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            yield name, _object(client, properties["CodeUri"])
        elif resource["Type"] == "AWS::Serverless::Application":
            for inner, zipped in _uploaded(client, _object(client, properties["Location"])):
                yield f"{name}{inner}", zipped


def _object(client: Any, url: str) -> bytes:
    """Returns an object by its s3:// or http:// address."""
    key = urlsplit(url).path.lstrip("/").removeprefix(f"{BUCKET}/")
    content: bytes = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content
