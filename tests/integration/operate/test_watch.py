"""`trunkline up --watch`: what changes is deployed, and what fails leaves the old version alone."""

import json
import shutil

import pytest

from tests.integration.local.command import up
from tests.integration.operate.conftest import Garage, copied_garage

EVENTS_UNTIL_NEW_CODE_MAX = 20


def park(garage: Garage, van: str) -> str:
    """Publishes an event of this van and returns the garage's greeting."""
    assert garage.publish("--set", f"van_id={van}", "--wait", "60") == 0
    return garage.greeting(van)


def queue_urls(garage: Garage) -> list[str]:
    """Returns the queues of the platform."""
    return sorted(garage.aws("sqs").list_queues()["QueueUrls"])


def greeted(garage: Garage, greeting: str) -> bool:
    """True if an event is handled so, while the watch goes on looking.

    A report may be of an earlier change, and a running worker of the old code may take one batch.
    """
    for number in range(EVENTS_UNTIL_NEW_CODE_MAX):
        garage.tick_often()
        if park(garage, f"new-{number}") == greeting:
            return True
    return False


def test_changed_code_handles_the_next_event_and_keeps_the_items(garage: Garage) -> None:
    """The stack is not touched: queues are the same, and what was written is still there."""
    queues = queue_urls(garage)
    assert park(garage, "van-before") == "hello van"

    garage.change(garage.code, 'NAME = "van"', 'NAME = "white van"')
    assert "code of 1 functions replaced" in garage.reported("garage")

    assert greeted(garage, "hello white van")
    assert garage.greeting("van-before") == "hello van"
    assert queue_urls(garage) == queues


def test_a_changed_template_updates_the_stack_and_keeps_the_items(garage: Garage) -> None:
    """A new variable reaches the function; table and queues stay."""
    queues = queue_urls(garage)
    park(garage, "van-old")

    garage.change(garage.template, "GREETING: hello", "GREETING: welcome")
    assert "stack updated" in garage.reported("garage")

    assert greeted(garage, "welcome van")
    assert garage.greeting("van-old") == "hello van"
    assert queue_urls(garage) == queues


@pytest.mark.sampled
def test_code_and_template_may_change_at_once(garage: Garage) -> None:
    """Both are in the same deployment, also after code alone was replaced."""
    garage.change(garage.code, 'NAME = "van"', 'NAME = "red van"')
    garage.reported("replaced")

    garage.change(garage.code, 'NAME = "red van"', 'NAME = "van"')
    garage.change(garage.template, "GREETING: hello", "GREETING: hi")
    garage.reported("stack updated")

    assert greeted(garage, "hi van")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('NAME = "van"', 'NAME = "van', "SyntaxError"),
        ("import os", "import os, missing_module", "missing_module"),
        ("handler = app.handler", "", "no attribute 'handler'"),
    ],
)
def test_code_that_cannot_be_imported_is_reported_and_never_runs(
    garage: Garage, old: str, new: str, reason: str
) -> None:
    """The old code handles the next event; the watch goes on with the next change."""
    garage.change(garage.code, old, new)
    assert reason in garage.reported("not deployed")

    assert park(garage, f"van-{len(reason)}") == "hello van"

    garage.change(garage.code, new or "\n\n\n", old if new else "\n\n\nhandler = app.handler\n")
    assert garage.reported("garage")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Resources:", "Resources: [", "template.yaml"),
        ("!Ref LogGroup", "!Ref LogGruop", "LogGruop"),
        ("CodeUri: src", "CodeUri: sources", "sources"),
        ("Handler: garage.handler", "Handler: garage.handle", "no attribute 'handle'"),
    ],
)
def test_a_wrong_template_is_reported_and_the_old_stack_runs_on(
    garage: Garage, old: str, new: str, reason: str
) -> None:
    """Also if the fault shows only after the stack was updated."""
    garage.change(garage.template, old, new)
    assert reason in garage.reported("not deployed")

    assert park(garage, f"van-{len(reason)}") == "hello van"

    garage.change(garage.template, new, old)
    assert garage.reported("garage")


def test_a_failed_build_is_reported(garage: Garage) -> None:
    """With the end of its output."""
    requirements = garage.folder / "src/requirements.txt"
    good = requirements.read_text("utf-8")

    requirements.write_text("no-such-distribution-here @ file:///nowhere\n", "utf-8")
    assert "failed" in garage.reported("not deployed")
    requirements.write_text(good, "utf-8")

    assert park(garage, "van-unbuilt") == "hello van"


def test_a_new_service_is_deployed_when_its_folder_appears(garage: Garage) -> None:
    """Even if it is wrong at first."""
    folder = garage.folder.parent / "gate"
    (folder / "src").mkdir(parents=True)
    (folder / "src/gate.py").write_text("def handler(event, context):\n    return 'open'\n")
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Gate": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "FunctionName": "gate",
                    "Runtime": "python3.13",
                    "CodeUri": "src",
                    "Handler": "gate.handel",
                },
            }
        },
    }
    (folder / "template.yaml").write_text(json.dumps(template))
    assert "handel" in garage.reported("not deployed")

    template["Resources"]["Gate"]["Properties"]["Handler"] = "gate.handler"  # type: ignore[index] # a literal above
    (folder / "template.yaml").write_text(json.dumps(template))
    garage.reported("gate")

    response = garage.aws("lambda").invoke(FunctionName="gate", Payload=b"{}")
    assert json.loads(response["Payload"].read()) == "open"
    shutil.rmtree(folder)
    garage.reported("is gone")


def test_a_file_that_no_deployment_reads_changes_nothing(garage: Garage) -> None:
    """Notes and tests beside the code are not deployed."""
    (garage.folder / "NOTES.md").write_text("remember the milk\n", "utf-8")
    garage.tick_often()

    assert garage.reports == []


@pytest.mark.sampled
def test_the_command_reports_each_deployment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As one line of JSON for scripts."""
    folder = copied_garage(tmp_path_factory.mktemp("other"))
    with up(folder / "template.yaml", options=("--watch",)) as platform:
        code = folder / "src" / "garage.py"
        code.write_text(code.read_text("utf-8").replace('"van"', '"bus"'), "utf-8")
        assert platform.process.stdout
        line = json.loads(platform.process.stdout.readline())

    assert "code of 1 functions replaced" in line["watch"]
