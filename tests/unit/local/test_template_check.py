"""What CloudFormation would refuse is refused here too, with every place."""

from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.local.deploy.prepare import check
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import Template

STAGE = StageSettings("stack", {"Given": "1"})


def _check(**sections: Any) -> None:
    body = {"Resources": {"A": {"Type": "T"}}} | sections
    check(Template(Path("t.yaml"), body), body, STAGE)


def _resource(**attributes: Any) -> dict[str, Any]:
    return {"A": {"Type": "T"}, "B": {"Type": "T", **attributes}}


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"Resources": _resource(Properties={"x": {"Ref": "No"}})}, "resource B refers to No,"),
        ({"Resources": _resource(Properties=[{"Fn::GetAtt": ["No", "Arn"]}])}, "refers to No.Arn,"),
        ({"Resources": _resource(Properties={"Fn::Sub": "${No.Arn}"})}, "refers to No.Arn,"),
        ({"Resources": _resource(DependsOn="No")}, "B depends on unknown resource No"),
        ({"Resources": _resource(DependsOn=["A", "No"])}, "B depends on unknown resource No"),
        ({"Resources": _resource(Condition="No")}, "resource B uses unknown condition No"),
        ({"Resources": _resource(Condition=False)}, "resource B uses unknown condition False"),
        (
            {"Resources": _resource(P={"Fn::If": ["No", 1, 2]})},
            "resource B uses unknown condition No",
        ),
        ({"Outputs": {"O": {"Value": {"Ref": "No"}}}}, "output O refers to No"),
        ({"Outputs": {"O": {"Condition": "No", "Value": 1}}}, "output O uses unknown condition No"),
        ({"Conditions": {"C": {"Fn::Equals": [{"Ref": "No"}, 1]}}}, "condition C refers to No"),
        ({"Parameters": {"P": {"Type": "String"}}}, "parameter P has no value"),
    ],
)
def test_what_points_nowhere_is_named_with_its_place(sections: dict[str, Any], said: str) -> None:
    """The emulator would let all of it pass."""
    with pytest.raises(TemplateError, match=said):
        _check(**sections)


def test_every_fault_is_reported_at_once() -> None:
    """One run, one list."""
    with pytest.raises(TemplateError, match=r"to X,.*to Y,.*resource Z"):
        _check(
            Resources=_resource(Properties=[{"Ref": "X"}, {"Ref": "Y"}], DependsOn="Z"),
        )


def test_a_sound_template_passes() -> None:
    """Parameters, resources, pseudo parameters and conditions are known names."""
    _check(
        Parameters={"Given": {"Type": "String"}, "P": {"Type": "String", "Default": ""}},
        Conditions={"C": {"Fn::Equals": [{"Ref": "Given"}, {"Ref": "AWS::Region"}]}},
        Resources=_resource(
            Condition="C",
            DependsOn="A",
            Properties=[{"Fn::Sub": "${P}${A.Arn}"}, {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}],
        ),
        Outputs={"O": {"Condition": "C", "Value": {"Ref": "B"}}},
    )
