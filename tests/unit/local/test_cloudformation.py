"""Templates on their way into the rented CloudFormation."""

import asyncio
import io
import json
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

from trunklab.local.delivery.steps import JsonObject
from trunklab.local.http.cloudformation import CloudFormation


class Bucket:
    """The emulator's S3."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = objects

    async def call(self, _service: str, operation: str, given: JsonObject) -> JsonObject:
        """Keeps and returns objects."""
        if operation == "PutObject":
            self.objects[given["Key"]] = given["Body"]
        return {"Body": io.BytesIO(self.objects[given["Key"]])}


def test_a_definition_in_s3_is_rewritten() -> None:
    """`sam deploy` puts it there; in the template it may not be given twice."""
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    task = {"Type": "Task", "Resource": arn, "End": True}
    definition = {"StartAt": "T", "States": {"T": task}}
    bucket = Bucket(definition=json.dumps(definition).encode())
    unused = cast("Any", None)
    emulator = cast("Any", bucket)
    stacks = CloudFormation(emulator, unused, emulator, unused, lambda: "http://local")
    location = {"Bucket": "b", "Key": "definition"}
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "r", "DefinitionS3Location": location},
    }
    template = json.dumps({"Resources": {"M": machine}})
    asked = {"Action": "CreateStack", "StackName": "s", "TemplateBody": template}
    sent = parse_qs(asyncio.run(stacks.request(urlencode(asked).encode())).decode())
    key = sent["TemplateURL"][0].rpartition("/")[2]
    properties = json.loads(bucket.objects[key])["Resources"]["M"]["Properties"]
    assert "DefinitionS3Location" not in properties
    assert "waitForTaskToken" in properties["DefinitionString"]
