"""The two lists, walked page by page, in both generations of the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.services.cloud import Cloud, CursorGone, Nonsense, Refused, client
from dashboard.simulator import Fault
from tests.factories import NOW, deployment_record, newer_shape, run_record
from tests.services.cloud.support import Answer, Api, page, raw, refusal
from tests.upstream import Upstream

GENERATIONS = [1, 2, "mixed"]


def fill(upstream: Upstream, count: int) -> list[str]:
    """That many runs upstream; gives their ids, newest first."""
    upstream.world.runs[:] = [run_record(n, NOW - timedelta(minutes=n)) for n in range(count)]
    return [record["id"] for record in upstream.world.runs]


def queries(upstream: Upstream) -> list[dict[str, str]]:
    return [request.query for request in upstream.api.log]


# -- Over real HTTP, against the stand-in -----------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("count", [0, 1, 7, 8, 20])
def test_a_walk_gives_every_run_once_and_in_the_order_of_the_api(
    upstream: Upstream, cloud: Cloud, generation: int | str, count: int
) -> None:
    upstream.api.generation = generation
    ids = fill(upstream, count)
    pages = list(cloud.deployment_runs(limit=4))
    assert [run.id for page in pages for run in page.records] == ids
    assert [len(page.records) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_last_id_pages_in_every_generation(
    upstream: Upstream, cloud: Cloud, generation: int | str
) -> None:
    upstream.api.generation = generation
    ids = fill(upstream, 9)
    assert len(list(cloud.deployment_runs(limit=4))) == 3
    assert queries(upstream) == [
        {"limit": "4"},
        {"after_id": ids[3], "limit": "4"},
        {"after_id": ids[7], "limit": "4"},
    ]


def test_the_seeds_ceiling_is_asked_for_first(upstream: Upstream, cloud: Cloud) -> None:
    fill(upstream, 3)
    list(cloud.deployment_runs())
    list(cloud.deployments())
    assert [query["limit"] for query in queries(upstream)] == ["1000", "1000"]


def test_the_newer_ceiling_is_learnt_once_and_for_both_lists(upstream: Upstream, cloud: Cloud) -> None:
    upstream.api.generation = 2
    ids = fill(upstream, 150)
    read = [run.id for pages in cloud.deployment_runs() for run in pages.records]
    assert read == ids
    list(cloud.deployments())
    list(cloud.deployment_runs(limit=7))
    assert [query["limit"] for query in queries(upstream)][:4] == ["1000", "100", "100", "100"]
    assert queries(upstream)[4]["limit"] == "7"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_deployments_of_every_generation_have_the_same_shape(
    upstream: Upstream, cloud: Cloud, generation: int | str
) -> None:
    upstream.api.generation = generation
    upstream.world.deployments[:] = [deployment_record("a"), deployment_record("b", schedule=None)]
    ((b, a),) = (page.records for page in cloud.deployments())
    assert (a.id, a.name, a.expression, len(a.upcoming_runs_at)) == ("dep_a", "a", "0 9 * * *", 5)
    assert (b.id, b.expression, b.timezone, b.upcoming_runs_at) == ("dep_b", "", "", ())


@pytest.mark.parametrize(("generation", "known"), [(1, {True}), (2, {False}), ("mixed", {True, False})])
def test_a_run_of_the_newer_shape_has_no_outcome(
    upstream: Upstream, cloud: Cloud, generation: int | str, known: set[bool]
) -> None:
    upstream.api.generation = generation
    fill(upstream, 20)
    runs = [run for page in cloud.deployment_runs() for run in page.records]
    assert {run.status is not None for run in runs} == known
    assert {run.triggered_at is not None for run in runs} == known
    assert all(run.created_at and run.agent_id == "agent_a" for run in runs)


def test_an_api_that_changes_its_generation_under_way_is_followed(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 250)
    walk = cloud.deployment_runs(limit=120)
    read = [run.id for run in next(walk).records]
    upstream.api.generation = 2
    read += [run.id for pages in walk for run in pages.records]
    assert read == ids


@pytest.mark.parametrize(
    ("parameters", "sent"),
    [
        ({"deployment_id": "dep_a"}, {"deployment_id": "dep_a"}),
        ({"status": "failed"}, {"status": "failed"}),
        ({"trigger_type": "retry"}, {"trigger_type": "retry"}),
        ({"has_error": True}, {"has_error": "true"}),
        ({"has_error": False}, {"has_error": "false"}),
        ({"has_error": None, "status": ""}, {}),
        ({"deployment_id": "a&b=c d"}, {"deployment_id": "a&b=c d"}),
    ],
)
def test_a_filter_of_the_runs_is_sent_with_the_apis_own_name(
    upstream: Upstream, cloud: Cloud, parameters: dict[str, Any], sent: dict[str, str]
) -> None:
    fill(upstream, 2)
    list(cloud.deployment_runs(**parameters))
    assert queries(upstream) == [sent | {"limit": "1000"}]
    assert upstream.api.log[0].path.endswith("/api/v1/cloud/deployment_runs")


@pytest.mark.parametrize(
    ("parameters", "sent"),
    [
        ({"status": "paused"}, {"status": "paused"}),
        ({"include_archived": True}, {"include_archived": "true"}),
        ({"include_archived": False}, {}),
        ({"agent_id": "agent_a"}, {"agent_id": "agent_a"}),
    ],
)
def test_a_filter_of_the_deployments_is_sent_with_the_apis_own_name(
    upstream: Upstream, cloud: Cloud, parameters: dict[str, Any], sent: dict[str, str]
) -> None:
    list(cloud.deployments(**parameters))
    assert queries(upstream) == [sent | {"limit": "1000"}]
    assert upstream.api.log[0].path.endswith("/api/v1/cloud/deployments")


def test_a_filter_goes_along_to_every_page(upstream: Upstream, cloud: Cloud) -> None:
    fill(upstream, 5)
    assert len(list(cloud.deployment_runs(limit=2, status="completed"))) == 3
    assert [query["status"] for query in queries(upstream)] == ["completed"] * 3


def test_a_walk_may_begin_beyond_an_id(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 7)
    older = [run.id for page in cloud.deployment_runs(limit=2, after_id=ids[2]) for run in page.records]
    assert older == ids[3:]


def test_a_walk_towards_newer_ones_follows_the_first_id(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 6)
    pages = list(cloud.deployment_runs(limit=2, before_id=ids[4]))
    assert [[run.id for run in page.records] for page in pages] == [ids[2:4], ids[0:2]]
    assert [query["before_id"] for query in queries(upstream)] == [ids[4], ids[2]]


@pytest.mark.parametrize("name", ["deployments", "deployment_runs"])
def test_two_cursors_are_refused_before_anything_is_asked(
    upstream: Upstream, cloud: Cloud, name: str
) -> None:
    with pytest.raises(ValueError, match="after_id and before_id exclude each other"):
        getattr(cloud, name)(after_id="a", before_id="b")
    assert upstream.api.log == []


def test_nothing_is_asked_before_the_first_page_is_wanted(upstream: Upstream, cloud: Cloud) -> None:
    fill(upstream, 9)
    walk = cloud.deployment_runs(limit=2)
    assert upstream.api.log == []
    next(walk)
    assert len(upstream.api.log) == 1


@pytest.mark.parametrize("generation", [2, "mixed"])
def test_an_empty_page_with_more_to_come_is_not_the_end(
    upstream: Upstream, cloud: Cloud, generation: int | str
) -> None:
    upstream.api.generation = generation
    ids = fill(upstream, 6)
    upstream.api.faults.append(Fault("empty", after=1))
    pages = list(cloud.deployment_runs(limit=3))
    assert [run.id for page in pages for run in page.records] == ids
    assert [len(page.records) for page in pages] == [3, 0, 3]
    assert "page" in queries(upstream)[2]


def test_duplicates_of_the_page_before_do_not_stop_the_walk(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 8)
    upstream.api.faults.append(Fault("duplicates"))
    read = [run.id for pages in cloud.deployment_runs(limit=2) for run in pages.records]
    assert read == [*ids[:2], *ids[:2], *ids[4:]]


@pytest.mark.parametrize("times", [1, 2])
def test_a_malformed_record_is_left_out_and_counted(upstream: Upstream, cloud: Cloud, times: int) -> None:
    ids = fill(upstream, 6)
    upstream.api.faults.append(Fault("malformed", times=times))
    pages = list(cloud.deployment_runs(limit=3))
    assert sum(page.malformed for page in pages) == times
    assert sum(len(page.records) for page in pages) == len(ids) - times


def test_a_cursor_that_is_gone_restarts_the_walk(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 6)
    upstream.api.faults.append(Fault("vanish", after=1))
    read = [run.id for pages in cloud.deployment_runs(limit=2) for run in pages.records]
    assert read == [*ids[:4], *ids]


def test_a_cursor_that_is_gone_again_ends_the_walk(upstream: Upstream, cloud: Cloud) -> None:
    fill(upstream, 6)
    upstream.api.faults.append(Fault("vanish", times=5))  # a walk that never gave up would end well
    with pytest.raises(CursorGone) as caught:
        list(cloud.deployment_runs(limit=2))
    assert [bool(set(query) - {"limit"}) for query in queries(upstream)] == [False, True, False, True]
    assert (caught.value.status, caught.value.param) == (400, "after_id")
    assert caught.value.type == "invalid_request_error"
    assert caught.value.message.startswith("after_id: no such cursor")
    assert caught.value.request_id == upstream.api.log[-1].request_id


def test_a_walk_that_begins_at_a_cursor_that_is_gone_does_not_restart(
    upstream: Upstream, cloud: Cloud
) -> None:
    fill(upstream, 3)
    with pytest.raises(CursorGone):
        list(cloud.deployment_runs(after_id="drun_gone"))
    assert len(upstream.api.log) == 1


def test_a_restarted_walk_begins_where_it_began(upstream: Upstream, cloud: Cloud) -> None:
    ids = fill(upstream, 8)
    upstream.api.faults.append(Fault("vanish", after=1))
    read = [run.id for pages in cloud.deployment_runs(limit=2, after_id=ids[0]) for run in pages.records]
    assert read == [*ids[1:3], *ids[1:]]


# -- In front of answers made by hand ---------------------------------------------------------------

A, B, C = ({"id": name} for name in "abc")


@pytest.mark.parametrize(
    "last",
    [
        page(A, has_more=False, last_id="a", next_page="a"),
        page(A, last_id="a"),
        page(A, has_more=True),
        page(A, has_more=True, last_id=None, next_page=None),
        page(A, has_more=True, last_id="", next_page=""),
        page(A, has_more=True, last_id=5, next_page=["a"]),
        page(A, has_more=True, last_id="x" * 70_000),
    ],
)
def test_a_walk_ends_where_nothing_leads_on(last: Answer) -> None:
    api = Api(last, AssertionError("one page too many"))
    assert len(api.runs()) == 1


@pytest.mark.parametrize("envelope", [{}, {"has_more": None}, {"has_more": "false"}, {"has_more": 0}])
def test_an_answer_that_does_not_say_whether_more_follows_is_nonsense(envelope: dict[str, Any]) -> None:
    api = Api({"status_code": 200, "json": {"data": [A], "last_id": "a"} | envelope})
    with pytest.raises(Nonsense, match="has_more"):
        api.runs()


def test_a_cursor_seen_before_ends_the_walk() -> None:
    api = Api(
        page(A, has_more=True, last_id="a"),
        page(B, has_more=True, last_id="b"),
        page(A, has_more=True, last_id="a"),
        AssertionError("one page too many"),
    )
    assert [page.records[0].id for page in api.runs()] == ["a", "b", "a"]


def test_a_cursor_that_leads_to_itself_ends_the_walk() -> None:
    api = Api(page(A, has_more=True, last_id="a"), AssertionError("one page too many"))
    assert len(api.runs(after_id="a")) == 1


def test_the_last_id_wins_over_the_opaque_cursor() -> None:
    api = Api(page(A, has_more=True, last_id="a", next_page="opaque"), page(B))
    api.runs()
    assert api.queries == [{}, {"after_id": "a"}]


def test_an_opaque_cursor_is_quoted() -> None:
    api = Api(page(has_more=True, last_id=None, next_page="a+b/c=?&d e"), page(A))
    api.runs()
    assert api.queries == [{}, {"page": "a+b/c=?&d e"}]
    assert b"page=a%2Bb%2Fc%3D%3F%26d" in api.asked[1].url.query


def test_only_one_cursor_is_ever_sent() -> None:
    api = Api(
        page(A, has_more=True, last_id="a"),
        page(has_more=True, next_page="p"),
        page(B, has_more=True, last_id="b", next_page="q"),
        page(C),
    )
    api.runs()
    assert api.queries == [{}, {"after_id": "a"}, {"page": "p"}, {"after_id": "b"}]


def test_a_walk_towards_newer_ones_ends_where_no_first_id_is_given() -> None:
    api = Api(page(A, has_more=True, last_id="a", next_page="p"), AssertionError("one page too many"))
    assert len(api.runs(before_id="z")) == 1


def test_a_record_that_is_given_twice_on_a_page_is_one() -> None:
    (only,) = Api(page(A | {"status": "running"}, B, A | {"status": "completed"})).runs()
    assert [(run.id, run.status) for run in only.records] == [("a", "completed"), ("b", None)]
    assert only.malformed == 0


LIMIT = refusal(400, type="invalid_request_error", message="too large", param="limit")


def test_a_refused_limit_falls_from_a_thousand_to_a_hundred_to_twenty() -> None:
    api = Api(LIMIT, LIMIT, page(A))
    api.runs()
    api.runs()
    list(api.cloud.deployments())
    assert api.limits == ["1000", "100", "20", "20", "20"]


def test_a_larger_page_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(LIMIT, page(A))
    api.runs()
    api.runs()
    monkeypatch.setattr(client, "LARGER_AGAIN", 0.0)
    api.runs()
    assert api.limits == ["1000", "100", "100", "1000"]


def test_a_refusal_of_every_size_leaves_the_next_question_as_large_as_before() -> None:
    passing = refusal(400, message="a limit of another kind")
    api = Api(passing, passing, passing, page(A))
    with pytest.raises(Refused):
        api.runs()
    api.runs()
    assert api.limits == ["1000", "100", "20", "1000"]


def test_a_limit_that_is_refused_at_twenty_is_an_error() -> None:
    api = Api(LIMIT)
    with pytest.raises(Refused, match="too large"):
        api.runs()
    assert api.limits == ["1000", "100", "20"]


def test_a_smaller_limit_that_is_refused_lowers_what_is_left() -> None:
    api = Api(LIMIT, page(A))
    api.runs(limit=50)
    assert api.limits == ["50", "20"]


def test_a_refusal_that_names_the_limit_only_in_its_message_counts() -> None:
    api = Api(refusal(400, message="limit must be between 1 and 100"), page(A))
    api.runs()
    assert api.limits == ["1000", "100"]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, message="no such status", param="status"),
        refusal(400, message="the limitation is elsewhere"),
        refusal(400, message="limit is fine, status is not", param="status"),
    ],
)
def test_a_refusal_of_something_else_leaves_the_limit_alone(answer: Answer) -> None:
    api = Api(answer)
    with pytest.raises(Refused) as caught:
        api.runs()
    assert not isinstance(caught.value, CursorGone)
    assert api.limits == ["1000"]


@pytest.mark.parametrize(
    "gone",
    [
        refusal(400, message="expired", param="after_id"),
        refusal(400, message="expired", param="page"),
        refusal(400, message="expired"),
        refusal(404, message="no such run"),
        raw("", 404),
    ],
)
def test_a_cursor_is_gone_where_its_question_is_refused(gone: Answer) -> None:
    api = Api(page(A, has_more=True, last_id="a"), gone, page(B))
    assert [page.records[0].id for page in api.runs()] == ["a", "b"]
    assert api.queries == [{}, {"after_id": "a"}, {}]


@pytest.mark.parametrize(
    "refused", [refusal(400, message="no", param="status"), refusal(409, message="conflict"), raw("", 422)]
)
def test_another_refusal_under_way_ends_the_walk(refused: Answer) -> None:
    api = Api(page(A, has_more=True, last_id="a"), refused)
    with pytest.raises(Refused) as caught:
        api.runs()
    assert not isinstance(caught.value, CursorGone)
    assert len(api.asked) == 2


def test_a_limit_is_lowered_under_way_without_losing_the_place() -> None:
    api = Api(page(A, has_more=True, last_id="a"), LIMIT, page(B))
    assert len(api.runs()) == 2
    assert api.queries == [{}, {"after_id": "a"}, {"after_id": "a"}]
    assert api.limits == ["1000", "1000", "100"]


@pytest.mark.parametrize("data", [None, {}, "text", 5])
def test_an_answer_whose_data_is_no_list_is_nonsense(data: Any) -> None:
    with pytest.raises(Nonsense, match="the answer is not a list of this API") as caught:
        Api({"status_code": 200, "json": {"data": data}}).runs()
    assert caught.value.status == 200


def test_an_answer_whose_data_is_no_list_can_be_asked_about() -> None:
    with pytest.raises(Nonsense) as caught:
        Api({"status_code": 200, "json": {"data": None, "request_id": "req_1"}}).runs()
    assert caught.value.request_id == "req_1"


def test_a_mixture_of_both_shapes_is_read_on_one_page() -> None:
    older = run_record(1, NOW)
    newer = newer_shape(run_record(2, NOW))
    (only,) = Api(page(older, newer)).runs()
    assert [run.status for run in only.records] == ["completed", None]
    assert [run.session_id[:5] for run in only.records] == ["sess_", "sess_"]


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Tue, 16 Jun 2026 09:42:00 GMT", NOW),
        ("Tue, 16 Jun 2026 17:42:00 +0800", NOW),
        ("Tue, 16 Jun 2026 09:42:00", NOW),
        *((text, None) for text in ("", "soon", "Tue, 99 Jun 2026 09:42:00 GMT")),
    ],
)
def test_a_page_says_when_it_was_given_by_the_clock_of_the_api(date: str, at: datetime | None) -> None:
    answer = page({"id": "a"})
    assert isinstance(answer, dict)
    (only,) = Api(answer | {"headers": {"date": date}}).runs()
    assert only.answered_at == at
    assert next(Api(page({"id": "a"})).cloud.deployments()).answered_at is None
