"""AWS SAM CLI deploys to the platform, changes nothing twice, and deletes."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from trunklab import settings
from trunklab.local.platform import Platform

WITHIN_S = 300.0
INNER = """
Resources:
  Inner: {Type: AWS::SQS::Queue, Properties: {QueueName: sam-inner}}
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Wait: {Type: String, Default: "30"}}
Resources:
  Nested: {Type: AWS::Serverless::Application, Properties: {Location: inner.yaml}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: sam-queue, VisibilityTimeout: !Ref Wait}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: sam-function
      Handler: code.handler
      Runtime: python3.13
      CodeUri: src/
      AutoPublishAlias: live
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
"""


def run_sam(endpoint: str, folder: Path, *words: str) -> tuple[int, str]:
    """Runs SAM CLI on the stack `sam`; returns its exit status and output."""
    environment = settings.inherited_environment() | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
    }
    program = settings.environment_directory("sam") / "bin" / "sam"
    ran = subprocess.run(  # noqa: S603 - the locked environment's program
        [program, *words, "--stack-name", "sam"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.long_run
def test_sam_deploys_rolls_back_and_deletes_nested_stacks(
    aws: Callable[[str], Any], probe: Platform, tmp_path: Path
) -> None:
    """Deploy, deploy again, a failing update, delete."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "code.py").write_text("def handler(event, context):\n    return 'sam'\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "inner.yaml").write_text(INNER)

    sam = partial(run_sam, probe.endpoint, tmp_path)
    capabilities = ("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
    deploy = (
        "deploy",
        "-t",
        "template.yaml",
        "--resolve-s3",
        "--no-confirm-changeset",
        *capabilities,
    )
    assert sam(*deploy)[0] == 0
    answer = aws("lambda").invoke(FunctionName="sam-function:live")["Payload"].read()
    again = sam(*deploy, "--no-fail-on-empty-changeset")
    failed = sam(*deploy, "--parameter-overrides", "Wait=-5")
    url = aws("sqs").get_queue_url(QueueName="sam-queue")["QueueUrl"]
    kept = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    deleted = sam("delete", "--no-prompts")

    assert answer == b'"sam"'
    assert (again[0], "No changes to deploy" in again[1]) == (0, True)
    assert (failed[0], "UPDATE_ROLLBACK_COMPLETE" in failed[1]) == (1, True)
    assert kept["Attributes"]["VisibilityTimeout"] == "30"
    assert (deleted[0], "Deleted successfully" in deleted[1]) == (0, True)
    assert "QueueUrls" not in aws("sqs").list_queues(QueueNamePrefix="sam-")
