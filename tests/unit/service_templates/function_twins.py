"""Templates whose functions or rights are broken, one place each."""

from typing import Final

from tests.unit.service_templates import function_invariants as function
from tests.unit.service_templates import rights_invariants as rights
from tests.unit.service_templates.twin import (
    CONSUMER_RIGHTS,
    FUNCTION,
    GONE,
    ROLE,
    SENDER,
    VARIABLES,
    Twin,
)

FUNCTIONS: Final = (
    Twin(
        function.runtime_is_ours,
        "orders",
        {"Globals/Function/Architectures": ["x86_64"]},
        "is not python3.13 on arm64",
    ),
    Twin(
        function.runtime_is_ours,
        "orders",
        {"Resources/OutboxSweepFunction/Metadata": GONE},
        "is not built by",
    ),
    Twin(function.observability_is_on, "orders", {"Globals/Function/Tracing": GONE}, "not traced"),
    Twin(
        function.observability_is_on,
        "orders",
        {f"{VARIABLES}/POWERTOOLS_METRICS_NAMESPACE": GONE},
        "does not count in the namespace",
    ),
    Twin(
        function.observability_is_on,
        "orders",
        {"Globals/Function/LoggingConfig": GONE},
        "does not log to the log group",
    ),
    Twin(
        function.observability_is_on,
        "orders",
        {"Resources/LogGroup/Properties/RetentionInDays": GONE},
        "for ever",
    ),
    Twin(
        function.settings_are_complete,
        "payments",
        {f"{VARIABLES}/TRUNKLINE_BUS": GONE},
        "TRUNKLINE_BUS is not set",
    ),
    Twin(
        function.settings_are_complete,
        "payments",
        {f"{FUNCTION}/Environment": GONE},
        "TRUNKLINE_DLQ_URL is not set; TRUNKLINE_RULE is not set",
    ),
    Twin(
        function.settings_are_complete,
        "payments",
        {f"{VARIABLES}/TRUNKLINE_SOURCE": "shop.orders"},
        "does not carry the name",
    ),
    Twin(
        function.settings_are_complete,
        "payments",
        {f"{VARIABLES}/TRUNKLINE_MARK_DAYS": "1"},
        "as long as the archive",
    ),
    Twin(
        function.handler_exists,
        "notifications",
        {"Resources/NotifyFunction/Properties/Handler": "notifications.handler.gone"},
        "defines no gone",
    ),
)


RIGHTS: Final = (
    Twin(
        rights.each_function_has_its_own_role,
        "orders",
        {"Resources/OrderStatusFunction/Properties/Role": GONE},
        "SAM would give it one",
    ),
    Twin(
        rights.each_function_has_its_own_role,
        "orders",
        {
            "Resources/OrderStatusFunction/Properties/Role": {
                "Fn::GetAtt": ["PlaceOrderRole", "Arn"]
            }
        },
        "shares PlaceOrderRole",
    ),
    Twin(
        rights.each_function_has_its_own_role,
        "payments",
        {f"{ROLE}/ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        "not in this template",
    ),
    Twin(
        rights.rights_name_their_resources,
        "payments",
        {f"{CONSUMER_RIGHTS}/4/Resource": "*"},
        "on a wildcard",
    ),
    Twin(
        rights.rights_name_their_resources,
        "payments",
        {f"{CONSUMER_RIGHTS}/4/Action": "dynamodb:*"},
        "with a wildcard",
    ),
    Twin(
        rights.producers_send_to_their_own_bus,
        "payments",
        {f"{CONSUMER_RIGHTS}/6/Resource": "*"},
        "elsewhere than on the bus",
    ),
    Twin(
        rights.outsiders_get_only_what_is_named,
        "payments",
        {f"{SENDER}/Condition": GONE},
        "without a condition",
    ),
    Twin(
        rights.outsiders_get_only_what_is_named,
        "platform",
        {"Resources/AccountsPolicy/Properties/Statement/Condition": {"Bool": {"a": True}}},
        "use any source",
    ),
    Twin(
        rights.outsiders_get_only_what_is_named,
        "platform",
        {"Resources/OrganizationPolicy/Condition": GONE},
        "opens the bus without being asked",
    ),
)
