"""What a function has to import before its first event: each of these would be felt."""

import subprocess
import sys
from typing import Final

import pytest

from trunklab.settings import REPOSITORY, inherited_environment

HEAVY: Final = ["boto3", "botocore.session", "s3transfer", "urllib3", "aws_xray_sdk"]

PROGRAM: Final = """
import sys
from trunkline import Consumer, Producer, Sweep

class Context:
    function_name = aws_request_id = "f"

    def get_remaining_time_in_millis(self):
        return 10_000

assert Consumer().handler({"Records": []}, Context()) == {"batchItemFailures": []}
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The modules of a process that has opened the runtime and answered an empty batch."""
    names = ("SERVICE", "SOURCE", "TABLE", "BUS", "MARK_DAYS", "DLQ_URL", "RULE")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        env={
            **inherited_environment(),
            **{f"TRUNKLINE_{name}": "1" for name in names},
            "PYTHONPATH": str(REPOSITORY / "shared"),
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("heavy", HEAVY)
def test_a_function_does_not_import_what_it_does_not_need(imported: set[str], heavy: str) -> None:
    """They are installed here: only an import statement, of ours or of Powertools, brings them."""
    assert heavy not in imported


def test_the_list_of_modules_is_one(imported: set[str]) -> None:
    """Otherwise the test above could not fail."""
    assert {"trunkline.aws", "aws_lambda_powertools", "json"} <= imported
