"""However often a request comes with its key, it has one effect and one answer."""

import json
from typing import Final

import pytest

from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.keyed import a_request, event_ids, said
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire
from trunkline.retention import EXPIRES_AT

TOGETHER: Final = 8


def test_a_request_with_a_key_leaves_a_mark_with_its_answer(start: Start, stage: Stage) -> None:
    """The mark lives as long as those of consumers, and holds no key in the clear."""
    result = start("answer").invoke(a_request(key="my-secret-key"))

    (mark_key,) = stage.marks()
    mark = stage.items()[mark_key, "mark"]
    assert mark_key.startswith("trunkline#inbox#answer-thing#")
    assert json.loads(str(mark["answer"])) == result.answer["answer"]
    assert isinstance(mark[EXPIRES_AT], int)
    assert "my-secret-key" not in str(stage.items())
    assert said(result) == (201, {"done": {"thing_id": "t-1", "total": 1, "text": ""}})


def test_a_request_without_a_key_leaves_none(start: Start, stage: Stage) -> None:
    """Nothing could ever ask for its answer again."""
    function = start("answer")
    first = function.invoke(a_request(key=None, request_id="r-1"))
    second = function.invoke(a_request(key=None, request_id="r-2"))

    assert said(first) == (201, {"done": {"thing_id": "t-1", "total": 1, "text": ""}})
    assert said(second) == (201, {"done": {"thing_id": "t-1", "total": 2, "text": ""}})
    assert stage.marks() == []


def test_a_repeated_request_gets_the_first_answer(start: Start, stage: Stage) -> None:
    """Status, headers and body; the second run's own total would have been 2."""
    function = start("answer")
    first = function.invoke(a_request(request_id="r-1"))
    again = function.invoke(a_request(request_id="r-2"))
    quoted = start("answer").invoke(a_request(key='"k-1"', request_id="r-3"))

    (line,) = again.lines("request repeated")
    assert again.answer == first.answer
    assert quoted.answer == first.answer
    assert stage.thing() == {"n": 1}
    assert len(event_ids(stage, 1)) == 1
    assert len(stage.marks()) == 1
    assert (line["request_id"], line["handler"]) == ("r-2", "answer-thing")
    assert line["correlation_id"] == first.lines("request committed")[0]["correlation_id"]
    assert again.lines("request committed") == []


def test_keys_are_told_apart(start: Start, stage: Stage) -> None:
    """The same body under another key is another request."""
    function = start("answer")
    for key in ("k-1", "k-2", "K-1"):
        function.invoke(a_request(key=key))

    assert stage.thing() == {"n": 3}
    assert len(event_ids(stage, 3)) == 3


def test_another_body_under_a_key_is_refused(start: Start, stage: Stage) -> None:
    """Nothing of it happens, and the first answer is not given away for it."""
    function = start("answer")
    function.invoke(a_request())
    before = stage.items()

    other = function.invoke(a_request(amount=2))

    status, body = said(other)
    assert (status, body["error"]) == (422, "idempotency_key_reused")
    assert "use a new key" in body["problem"]
    assert len(other.lines("idempotency key reused")) == 1
    assert stage.items() == before
    assert len(stage.heard(1)) == 1


@pytest.mark.parametrize("key", ["", " ", '""', "k" * 256, '"k', "clé", "a\nb"])
def test_a_malformed_key_is_refused_before_anything_happens(
    start: Start, stage: Stage, wire: Wire, key: str
) -> None:
    """Its sender believes itself safe from a second effect; AWS is not asked."""
    status, body = said(start("answer").invoke(a_request(key=key)))

    assert (status, body["error"]) == (400, "invalid_idempotency_key")
    assert body["problem"]
    assert wire.calls == []
    assert stage.items() == {}


def test_eight_processes_with_one_key_have_one_effect_and_one_answer(
    start: Start, stage: Stage
) -> None:
    """Whoever commits first has done it; everybody else is told its answer."""
    functions = [start("answer") for _ in range(TOGETHER)]

    for index, function in enumerate(functions):
        function.begin(a_request(request_id=f"r-{index}"))
    results = [function.finish() for function in functions]

    assert [result.answer for result in results] == [results[0].answer] * TOGETHER
    assert said(results[0]) == (201, {"done": {"thing_id": "t-1", "total": 1, "text": ""}})
    assert sum(len(result.lines("request committed")) for result in results) == 1
    assert sum(len(result.lines("request repeated")) for result in results) == TOGETHER - 1
    assert stage.thing() == {"n": 1}
    assert len(event_ids(stage, 1)) == 1


def test_of_eight_bodies_under_one_key_one_is_taken(start: Start, stage: Stage) -> None:
    """The others are refused, whichever came first."""
    functions = [start("answer") for _ in range(TOGETHER)]

    for index, function in enumerate(functions):
        function.begin(a_request("count", amount=index + 1))
    statuses = sorted(said(function.finish())[0] for function in functions)

    assert statuses == [201, *[422] * (TOGETHER - 1)]
    assert len(event_ids(stage, 1)) == 1
    assert len(stage.marks()) == 1


def test_a_repetition_before_the_commit_makes_the_same_ids(start: Start, stage: Stage) -> None:
    """Ids derive from key and body: here the table has forgotten the first request."""
    start("answer").invoke(a_request("send-many", amount=3, request_id="r-1"))
    first = event_ids(stage, 3)
    for pk, sk in stage.items():
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        stage.clients.dynamodb.delete_item(TableName=stage.name, Key=key)

    start("answer").invoke(a_request("send-many", amount=3, request_id="r-2"))

    assert event_ids(stage, 3) == first


def test_a_request_under_a_forgotten_key_is_not_taken_for_the_old_one(
    start: Start, stage: Stage
) -> None:
    """Another body makes other ids, so it neither overwrites nor passes for a duplicate event."""
    function = start("answer")
    function.invoke(a_request("count"))
    (mark,) = stage.marks()
    key = {"pk": {"S": mark}, "sk": {"S": "mark"}}
    stage.clients.dynamodb.delete_item(TableName=stage.name, Key=key)

    function.invoke(a_request("count", amount=2))

    assert len(event_ids(stage, 2)) == 2


def test_a_repetition_gets_the_first_answer_whatever_the_work_says_now(
    start: Start, stage: Stage
) -> None:
    """Stock of one: the repetition finds none, and must not be told so."""
    stage.put({"pk": {"S": "thing#t-1"}, "sk": {"S": "thing"}, "n": {"N": "1"}})
    function = start("answer")
    first = function.invoke(a_request("take-from-stock"))

    again = function.invoke(a_request("take-from-stock"))

    assert said(first)[0] == 201
    assert again.answer == first.answer
    assert stage.thing() == {"n": 0}


@pytest.mark.parametrize(
    "act", ["raise", "refuse", "refuse-request", "make-invalid", "no-such-act"]
)
def test_another_body_is_refused_even_if_the_work_fails_on_it(
    start: Start, stage: Stage, act: str
) -> None:
    """The mark is read before any failure is reported."""
    function = start("answer")
    function.invoke(a_request())

    status, body = said(function.invoke(a_request(act)))

    assert (status, body["error"]) == (422, "idempotency_key_reused")
    assert stage.thing() == {"n": 1}


def test_what_is_answered_without_a_commit_leaves_the_key_free(start: Start, stage: Stage) -> None:
    """The client corrects its request and may send it under the same key."""
    function = start("answer")
    refusal = function.invoke(a_request("refuse-request"))
    left = stage.items()

    corrected = function.invoke(a_request())

    assert said(refusal) == (409, {"error": "out_of_stock"})
    assert left == {}
    assert said(corrected)[0] == 201
