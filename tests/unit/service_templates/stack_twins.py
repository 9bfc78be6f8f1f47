"""Templates whose stores, alarms or borders are broken, one place each."""

from typing import Final

from tests.unit.service_templates import stack_invariants as stacks
from tests.unit.service_templates import store_invariants as stores
from tests.unit.service_templates.twin import GONE, LETTERS, PAY, QUEUE, RULE, VARIABLES, Twin

SCHEDULE: Final = "Resources/OutboxSweepFunction/Properties/Events/EveryMinute/Properties"
NOTIFY_RIGHTS: Final = "Resources/NotifyRole/Properties/Policies/0/PolicyDocument/Statement"

STORES: Final = (
    Twin(
        stores.no_aws_managed_key,
        "payments",
        {f"{QUEUE}/KmsMasterKeyId": "alias/aws/sqs"},
        "under an AWS-managed key",
    ),
    Twin(
        stores.no_aws_managed_key,
        "platform",
        {"Resources/AlarmTopic/Properties/KmsMasterKeyId": "alias/aws/sns"},
        "under an AWS-managed key",
    ),
    Twin(
        stores.queues_are_encrypted,
        "payments",
        {f"{LETTERS}/SqsManagedSseEnabled": GONE},
        "does not say SqsManagedSseEnabled",
    ),
    Twin(
        stores.queues_are_encrypted,
        "payments",
        {f"{PAY}QueuePolicy/Properties/PolicyDocument/Statement/1": GONE},
        "without TLS",
    ),
    Twin(
        stores.tables_are_as_the_runtime_needs,
        "orders",
        {"Resources/Table/Properties/TimeToLiveSpecification/AttributeName": "ttl"},
        "by _trunkline_expires_at",
    ),
    Twin(
        stores.tables_are_as_the_runtime_needs,
        "orders",
        {"Resources/Table/Properties/PointInTimeRecoverySpecification": GONE},
        "restored to a point in time",
    ),
    Twin(
        stores.tables_are_as_the_runtime_needs,
        "orders",
        {"Resources/Table/Properties/KeySchema/1": GONE},
        "does not have the key pk and sk",
    ),
    Twin(
        stores.tables_are_as_the_runtime_needs,
        "notifications",
        {"Resources/CallsTable/Properties/KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
        "CallsTable does not have the key pk",
    ),
    Twin(
        stores.data_outlives_its_stack,
        "notifications",
        {"Resources/CallsTable/DeletionPolicy": "Delete"},
        "deleted with its stack",
    ),
    Twin(
        stores.data_outlives_its_stack,
        "orders",
        {"Resources/Table/DeletionPolicy": GONE},
        "deleted with its stack",
    ),
    Twin(
        stores.data_outlives_its_stack,
        "platform",
        {"Resources/Archive/DeletionPolicy": "Delete"},
        "deleted with its stack",
    ),
    Twin(
        stores.alarms_have_reason_and_listener,
        "payments",
        {f"{PAY}DeadLettersAlarm/Properties/AlarmDescription": "dead letters"},
        "does not say what happened",
    ),
    Twin(
        stores.alarms_have_reason_and_listener,
        "platform",
        {"Resources/LostEventsAlarm/Properties/AlarmActions": GONE},
        "tells nobody",
    ),
)


STACKS: Final = (
    Twin(
        stacks.stacks_share_nothing,
        "payments",
        {f"{VARIABLES}/TRUNKLINE_TABLE": {"Fn::ImportValue": "trunkline-dev-orders-table"}},
        "Fn::ImportValue",
    ),
    Twin(
        stacks.platform_values_come_from_parameters,
        "payments",
        {"Parameters/BusName/Default": "/trunkline/dev/bus-name"},
        "has a default",
    ),
    Twin(
        stacks.platform_values_come_from_parameters,
        "notifications",
        {"Parameters/MessageGatewayUrl/Default": GONE},
        "each deployment would have to know",
    ),
    Twin(
        stacks.rules_hear_events_that_exist,
        "payments",
        {f"{RULE}/EventPattern/detail-type": ["OrderPlacd"]},
        "which nobody sends",
    ),
    Twin(
        stacks.rules_hear_events_that_exist,
        "payments",
        {f"{RULE}/EventBusName": GONE},
        "not on the bus",
    ),
    Twin(
        stacks.only_producers_publish_and_each_sweeps,
        "payments",
        {"Resources/OutboxSweepFunction/Properties/Events": {}},
        "does not sweep its outbox",
    ),
    Twin(
        stacks.only_producers_publish_and_each_sweeps,
        "payments",
        {f"{SCHEDULE}/Name": GONE},
        "may share its schedule",
    ),
    Twin(
        stacks.only_producers_publish_and_each_sweeps,
        "notifications",
        {
            f"{NOTIFY_RIGHTS}/0/Action": "events:PutEvents",
        },
        "notifications owns none",
    ),
    Twin(
        stacks.http_apis_are_throttled,
        "orders",
        {"Resources/OrderStatusFunction/Properties/Events/Api/Properties/Method": "ANY"},
        "answers any method",
    ),
    Twin(
        stacks.platform_runs_no_code,
        "platform",
        {"Resources/Helper": {"Type": "AWS::Lambda::Function"}},
        "belongs to a service",
    ),
    Twin(
        stacks.http_apis_are_throttled,
        "orders",
        {"Resources/OrdersApi/Properties/DefaultRouteSettings": GONE},
        "any number of requests",
    ),
)
