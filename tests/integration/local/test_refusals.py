"""What cannot work is refused in one line that says what, where, and what to do."""

import socket
from pathlib import Path

import pytest

from tests.integration.local.command import trunkline, up
from tests.integration.local.conftest import PROBE
from tests.platforms import started
from trunklab.errors import DeployError, PortTakenError
from trunklab.local.deploy import handler_check, package_cache
from trunklab.local.deploy.deployer import Deployer
from trunklab.local.deploy.prepare import prepare
from trunklab.local.platform import Platform, Wanted, running

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, CodeUri: src, Handler: greet.handler%s}
"""
SCHEDULE = """
Resources:
  Tick:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: tick
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target:
        Arn: arn:aws:sqs:us-east-1:000000000000:queue
        RoleArn: arn:aws:iam::000000000000:role/role
"""
GOOD = "def handler(event, context):\n    return 'hello'\n"


def _deploy(probe: Platform, folder: Path, template: str, code: str = GOOD) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "greet.py").write_text(code)
    (folder / "template.yaml").write_text(template)
    prepared = prepare([folder / "template.yaml"], "local")
    package_cache.unpack(prepared[0].packages.values(), probe.folder)
    Deployer(probe.endpoint, probe.folder).deploy(prepared[0])
    handler_check.check(prepared, probe.endpoint, probe.folder)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Resources: {A: [x", r"line \d+, column \d+: "),
        ("Resources:\n  A: {Type: AWS::SNS::Topic}\n  A: {Type: AWS::SNS::Topic}", "line 3.*twice"),
        ("Hello: world", "no Resources"),
        (
            "Nonsense: 1\nResources: {A: {Type: AWS::SNS::Topic}}",
            "unknown top-level key 'Nonsense'",
        ),
        ("Resources: {A: {Type: AWS::SNS::Topic, Condition: Never}}", "A uses.*condition Never"),
        ("Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}}", "A depends on unknown.*B"),
        ("Parameters: {P: {Type: String}}\nResources: {A: {Type: AWS::SNS::Topic}}", "parameter P"),
        ("Resources: {Thing: {Type: AWS::EC2::Nonsense}}", r"Thing \(AWS::EC2::Nonsense\)"),
        (FUNCTION % ", Environment: {Variables: {A: !Ref Nobody}}", "Greet refers to Nobody"),
        (FUNCTION % ", Environment: {Variables: {A: !Sub '${No.Arn}'}}", "refers to No.Arn"),
        (FUNCTION % ", Events: {E: {Type: Nonsense}}", "Greet.*Event Type is: Nonsense"),
        ((FUNCTION % "").replace("python3.13", "nodejs22.x"), "function Greet: runtime nodejs22.x"),
        ((FUNCTION % "").replace(": src", ": gone"), "function Greet: code folder gone"),
        ((FUNCTION % "").replace("greet.handler", "greet.other"), "greet.other does not import"),
    ],
)
def test_a_broken_template_is_named_with_the_place(
    probe: Platform, tmp_path: Path, template: str, said: str
) -> None:
    """Also what the emulator would let pass in silence."""
    with pytest.raises(DeployError, match=rf"template\.yaml: (?s:.)*{said}"):
        _deploy(probe, tmp_path, template)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import missing_thing\n", r"No module named 'missing_thing' \(greet.py, line 1\)"),
        ("import ministack\n", "No module named 'ministack'"),
        ("def handler(event:\n", r"SyntaxError: .*greet.py, line 1"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("import os\nprint('[null]')\nos._exit(3)\n", "the interpreter ended with status 3"),
        ("print('[null]')\nhandler\n", r"NameError: .*\(greet.py, line 2\)"),
    ],
)
def test_a_handler_that_does_not_import_stops_the_deployment(
    probe: Platform, tmp_path: Path, code: str, said: str
) -> None:
    """The message has template, function, handler and what the import raised."""
    with pytest.raises(DeployError, match=f"function Greet: handler greet.handler.*{said}"):
        _deploy(probe, tmp_path, FUNCTION % "", code)


def test_a_failing_build_shows_the_last_words_of_make(probe: Platform, tmp_path: Path) -> None:
    """The builder knows best what is wrong."""
    (tmp_path / "Makefile").write_text("build-Greet:\n\t@echo no flour; exit 3\n")
    metadata = "\n    Metadata: {BuildMethod: makefile, ContextPath: .}\n"

    with pytest.raises(DeployError, match=r"function Greet: `make` failed:\n  no flour"):
        _deploy(probe, tmp_path, FUNCTION.rstrip() % "" + metadata)


def test_a_folder_instead_of_a_template_is_said_to_be_one(tmp_path: Path) -> None:
    """It is there, so "the template does not exist" would send the reader to look for it."""
    with pytest.raises(DeployError, match="is a directory: name the template file in it"):
        running(Wanted((tmp_path,), port=0)).__enter__()


def test_a_name_that_two_stacks_give_is_refused(tmp_path: Path) -> None:
    """As on AWS: the second is not created, and its stack is rolled back."""
    templates = [tmp_path / name / "template.yaml" for name in ("first", "second")]
    for template in templates:
        template.parent.mkdir()
        template.write_text(SCHEDULE)

    with (
        pytest.raises(DeployError, match=r"second-local.*Tick .*already exists"),
        started(*templates),
    ):
        pass


def test_a_port_taken_by_another_platform_is_named_as_such(probe: Platform) -> None:
    """Two platforms by accident are the usual case."""
    port = int(probe.endpoint.rpartition(":")[2])

    with pytest.raises(PortTakenError, match=r"a Trunkline platform .*--port"):
        running(Wanted((), port=port)).__enter__()


def test_a_port_taken_by_anything_else_is_refused_by_the_command_in_one_line() -> None:
    """The exit status says that it is no wrong usage."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        ended = trunkline("up", "--port", port)

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"port {port} is taken by another program" in ended.stderr


def test_a_port_whose_follower_cannot_be_is_wrong_usage() -> None:
    """The HTTP API takes the port after the endpoint's."""
    ended = trunkline("up", "--port", "65535", "--template", str(PROBE))

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "port 65536 is outside 0..65535" in ended.stderr


def test_a_profile_of_the_user_that_does_not_exist_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What someone has configured for AWS has nothing to do with a local platform."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with up(PROBE) as platform:
        assert platform.status["ready"]
