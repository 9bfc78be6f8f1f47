"""Settings of functions and what Lambda refuses, beside chapters 6.3 and 6.4: from memory."""

import json
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws

fact = pytest.mark.fact
PREFIX = "arn:aws:lambda:us-east-1:000000000000:function"
LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:l:"
INVALID = "InvalidParameterValueException"
NOT_FOUND = "ResourceNotFoundException"


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time with the functions f, in two versions, and g."""
    account = VirtualAws()
    account.function("f")
    account.function("g")
    account.call("lambda", "PublishVersion", FunctionName="f")
    account.call("lambda", "UpdateFunctionConfiguration", FunctionName="f", Timeout=9)
    account.call("lambda", "PublishVersion", FunctionName="f")
    return account


def alias(aws: VirtualAws, operation: str = "CreateAlias", **given: Any) -> dict[str, Any]:
    """Creates or changes the alias live of f."""
    default = {"FunctionVersion": "1"} if operation == "CreateAlias" else {}
    return aws.call("lambda", operation, FunctionName="f", Name="live", **{**default, **given})


def weights(**given: float) -> dict[str, Any]:
    """Returns a routing configuration; names of versions begin with v."""
    shares = {name[1:]: weight for name, weight in given.items()}
    return {"RoutingConfig": {"AdditionalVersionWeights": shares}}


@fact("6.3", "C")
@pytest.mark.parametrize(("weight", "executed"), [(0.0, {"1"}), (0.5, {"1", "2"}), (1.0, {"2"})])
def test_an_alias_divides_invocations_by_its_weights(
    aws: VirtualAws, weight: float, executed: set[str]
) -> None:
    """The version that ran is named."""
    alias(aws, **weights(v2=weight))

    answers = [aws.call("lambda", "Invoke", FunctionName="f", Qualifier="live") for _ in range(50)]

    assert {answer["ExecutedVersion"] for answer in answers} == executed


@fact("6.3", "C")
def test_a_routing_configuration_stays_until_it_is_emptied(aws: VirtualAws) -> None:
    """Other updates keep it."""
    made = alias(aws, **weights(v2=0.5))
    kept = alias(aws, "UpdateAlias", Description="text")
    emptied = alias(aws, "UpdateAlias", RoutingConfig={"AdditionalVersionWeights": {}})

    assert made["RoutingConfig"] == kept["RoutingConfig"] == weights(v2=0.5)["RoutingConfig"]
    assert "RoutingConfig" not in emptied


@fact("6.3", "C")
@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (weights(v2=0.5, v3=0.5), INVALID, "AdditionalVersionWeights cannot be greater than 1"),
        (weights(v1=0.5), INVALID, "Function version 1 is already included in routing"),
        (
            *({"FunctionVersion": "$LATEST", **weights(v2=0.5)}, INVALID),
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (weights(v7=0.5), NOT_FOUND, f"Function not found: {PREFIX}:f:7"),
        (weights(v2=1.1), "ValidationException", "Member must have value less than or equal to 1"),
        ({"FunctionVersion": "7"}, NOT_FOUND, f"Function not found: {PREFIX}:f:7"),
    ],
)
def test_an_alias_of_versions_that_do_not_fit_is_refused(
    aws: VirtualAws, given: dict[str, Any], code: str, text: str
) -> None:
    """And not created."""
    error = aws.refusal(
        "lambda", "CreateAlias", FunctionName="f", Name="live", **{"FunctionVersion": "1", **given}
    )

    assert error.code == code
    assert text in error.message
    assert aws.call("lambda", "ListAliases", FunctionName="f")["Aliases"] == []


@fact("6.3", "C")
def test_aliases_are_listed_by_version(aws: VirtualAws) -> None:
    """Or all of them."""
    alias(aws)

    listed = [
        len(aws.call("lambda", "ListAliases", FunctionName="f", **given)["Aliases"])
        for given in ({}, {"FunctionVersion": "1"}, {"FunctionVersion": "2"})
    ]

    assert listed == [1, 1, 0]


@fact("6.3", "C")
@pytest.mark.parametrize(
    ("operation", "given", "code", "text"),
    [
        *(
            (
                *(operation, {"RevisionId": "old", **given}, "PreconditionFailedException"),
                "The Revision Id provided does not match the latest Revision Id.",
            )
            for operation, given in (
                ("UpdateFunctionCode", {"ZipFile": b"z"}),
                ("UpdateFunctionConfiguration", {"Timeout": 5}),
                ("PublishVersion", {}),
                ("UpdateAlias", {"Name": "live"}),
            )
        ),
        (
            *("PublishVersion", {"CodeSha256": "other"}, INVALID),
            "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST",
        ),
        (
            *("DeleteFunction", {"Qualifier": "$LATEST"}, INVALID),
            "$LATEST version cannot be deleted without deleting the function.",
        ),
        (
            *("DeleteFunction", {"Qualifier": "live"}, INVALID),
            "Deletion of aliases is not currently supported.",
        ),
        (
            *("Invoke", {"FunctionName": f"{PREFIX}:f:1", "Qualifier": "2"}, INVALID),
            "The derived qualifier from the function name does not match",
        ),
        (
            *("Invoke", {"FunctionName": PREFIX.replace("us-east", "eu-west") + ":f"}, NOT_FOUND),
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
        (
            *("PutFunctionConcurrency", {"ReservedConcurrentExecutions": 901}, INVALID),
            "UnreservedConcurrentExecution below its minimum value of [100].",
        ),
        (
            *("UpdateFunctionConfiguration", {"Layers": [LAYER + "1"] * 6}, INVALID),
            "Cannot reference more than 5 layers.",
        ),
        (
            "UpdateFunctionConfiguration",
            {"Layers": [LAYER + "1", LAYER + "2"]},
            *(INVALID, "Two different versions of the same layer are not allowed"),
        ),
    ],
)
def test_a_change_of_a_function_that_lambda_refuses_is_refused(
    aws: VirtualAws, operation: str, given: dict[str, Any], code: str, text: str
) -> None:
    """With its code and words."""
    alias(aws)

    error = aws.refusal("lambda", operation, **{"FunctionName": "f", **given})

    assert error.code == code
    assert text in error.message


@fact("6.3", "C")
def test_a_function_that_is_refused_is_not_created(aws: VirtualAws) -> None:
    """Its layer does not exist."""
    given = {"Role": "arn:aws:iam::000000000000:role/any", "Runtime": "python3.13"}
    layers = [LAYER + "1"]

    aws.refusal(
        *("lambda", "CreateFunction"),
        **given,
        FunctionName="new",
        Handler="a.b",
        Code={"ZipFile": b"z"},
        Layers=layers,
    )

    assert aws.refusal("lambda", "GetFunction", FunctionName="new").code == NOT_FOUND


@fact("6.3", "C")
def test_a_new_function_is_pending_and_a_changed_one_in_progress(aws: VirtualAws) -> None:
    """In the answer alone: locally both are ready at once."""
    given = {"Role": "arn:aws:iam::000000000000:role/any", "Runtime": "python3.13"}
    code = {"ZipFile": b"z"}

    made = aws.call("lambda", "CreateFunction", FunctionName="n", Handler="a.b", Code=code, **given)
    changed = aws.call("lambda", "UpdateFunctionConfiguration", FunctionName="n", Timeout=5)
    found = aws.call("lambda", "GetFunctionConfiguration", FunctionName="n")

    assert (made["State"], "LastUpdateStatus" in made) == ("Pending", False)
    assert (changed["State"], changed["LastUpdateStatus"]) == ("Active", "InProgress")
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert "LastUpdateStatusReason" not in found


def permission(**given: Any) -> dict[str, Any]:
    """Returns a statement for f."""
    return {
        "FunctionName": "f",
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com",
        **given,
    }


@fact("6.3", "C")
@pytest.mark.parametrize(
    ("given", "principal", "condition"),
    [
        ({}, {"Service": "sns.amazonaws.com"}, None),
        ({"Principal": "*"}, "*", None),
        ({"Principal": "1" * 12}, {"AWS": f"arn:aws:iam::{'1' * 12}:root"}, None),
        (
            {"SourceArn": f"{PREFIX}:g", "SourceAccount": "1" * 12},
            {"Service": "sns.amazonaws.com"},
            {
                "StringEquals": {"AWS:SourceAccount": "1" * 12},
                "ArnLike": {"AWS:SourceArn": f"{PREFIX}:g"},
            },
        ),
        (
            {"Principal": "*", "FunctionUrlAuthType": "NONE"},
            *("*", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
        ),
        (
            {"Principal": "*", "PrincipalOrgID": "o-0123456789"},
            *("*", {"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}),
        ),
    ],
)
def test_a_permission_is_a_statement(
    aws: VirtualAws, given: dict[str, Any], principal: object, condition: object
) -> None:
    """With its principal and its conditions."""
    answer = aws.call("lambda", "AddPermission", **permission(**given))

    statement = json.loads(answer["Statement"])
    assert (statement["Principal"], statement.get("Condition")) == (principal, condition)


@fact("6.3", "C")
@pytest.mark.parametrize(
    ("operation", "given", "code", "text"),
    [
        (
            *("AddPermission", permission(Principal="else.example.com"), INVALID),
            "The provided principal was invalid. Please check the principal and try again.",
        ),
        (
            *("AddPermission", permission(Qualifier="$LATEST"), INVALID),
            "We currently do not support adding policies for $LATEST.",
        ),
        (
            "AddPermission",
            permission(StatementId="events"),
            *("ResourceConflictException", "The statement id (events) provided already exists."),
        ),
        (
            *("RemovePermission", {"FunctionName": "f", "StatementId": "x"}, NOT_FOUND),
            "Statement x is not found in resource policy.",
        ),
        (
            "RemovePermission",
            {"FunctionName": "f", "StatementId": "x", "Qualifier": "1"},
            *(NOT_FOUND, "No policy is associated with the given resource."),
        ),
    ],
)
def test_a_permission_that_lambda_refuses_is_refused(
    aws: VirtualAws, operation: str, given: dict[str, Any], code: str, text: str
) -> None:
    """With its code and words."""
    error = aws.refusal("lambda", operation, **given)

    assert error.code == code
    assert text in error.message


def to(arn: str, outcome: str = "OnFailure") -> dict[str, Any]:
    """Returns a destination of f."""
    return {"FunctionName": "f", "DestinationConfig": {outcome: {"Destination": arn}}}


@fact("6.4", "C")
@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (
            *({"FunctionName": "f"}, INVALID),
            "You must specify at least one of error handling or destination setting.",
        ),
        (
            *({"FunctionName": "gone", "MaximumRetryAttempts": 1}, NOT_FOUND),
            "The function doesn't exist.",
        ),
        (
            *(to(f"{PREFIX}:f"), INVALID),
            "You can't specify the function as a destination for itself.",
        ),
        (to(f"{PREFIX}:gone"), INVALID, f"The destination ARN {PREFIX}:gone is invalid."),
        (
            *(to("arn:aws:sqs:us-east-1:000000000000:q.fifo"), INVALID),
            "The destination ARN arn:aws:sqs:us-east-1:000000000000:q.fifo is invalid.",
        ),
        (
            *(to("arn:aws:iam::000000000000:role/r", "OnSuccess"), INVALID),
            "(onSuccess=OnSuccess(destination=arn:aws:iam::000000000000:role/r), onFailure=null)",
        ),
        (
            *({"FunctionName": "f", "MaximumRetryAttempts": 3}, "ValidationException"),
            "Member must have value less than or equal to 2",
        ),
        (
            *({"FunctionName": "f", "MaximumEventAgeInSeconds": 59}, "ValidationException"),
            "Member must have value greater than or equal to 60",
        ),
    ],
)
def test_a_destination_that_lambda_refuses_is_refused(
    aws: VirtualAws, given: dict[str, Any], code: str, text: str
) -> None:
    """With its code and words; nothing is configured."""
    error = aws.refusal("lambda", "PutFunctionEventInvokeConfig", **given)

    assert error.code == code
    assert text in error.message
    listed = aws.call("lambda", "ListFunctionEventInvokeConfigs", FunctionName="f")
    assert listed["FunctionEventInvokeConfigs"] == []


@fact("6.4", "C")
def test_an_event_invoke_config_is_shown_with_both_outcomes(aws: VirtualAws) -> None:
    """Empty without a destination; its ARN has the qualifier."""
    aws.call("lambda", "PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=1)

    found = aws.call("lambda", "GetFunctionEventInvokeConfig", FunctionName="f")

    assert found == {
        "FunctionArn": f"{PREFIX}:f:$LATEST",
        "LastModified": aws.now,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
        "MaximumRetryAttempts": 1,
    }


@fact("6.4", "C")
def test_a_missing_event_invoke_config_is_named(aws: VirtualAws) -> None:
    """By the ARN with its qualifier."""
    error = aws.refusal("lambda", "GetFunctionEventInvokeConfig", FunctionName="f")

    assert (error.code, error.message) == (
        NOT_FOUND,
        f"The function {PREFIX}:f:$LATEST doesn't have an EventInvokeConfig",
    )


@fact("6.3", "C")
def test_the_number_of_a_deleted_layer_version_is_not_used_again(aws: VirtualAws) -> None:
    """And it is not found."""
    layer = {"LayerName": "l", "Content": {"ZipFile": b"z"}}
    numbers = [aws.call("lambda", "PublishLayerVersion", **layer)["Version"]]
    aws.call("lambda", "DeleteLayerVersion", LayerName="l", VersionNumber=1)
    numbers.append(aws.call("lambda", "PublishLayerVersion", **layer)["Version"])

    gone = aws.refusal("lambda", "GetLayerVersion", LayerName="l", VersionNumber=1)
    negative = aws.refusal("lambda", "GetLayerVersion", LayerName="l", VersionNumber=0)

    assert numbers == [1, 2]
    assert (gone.code, negative.code) == (NOT_FOUND, INVALID)
