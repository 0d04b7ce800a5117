"""`/metrics`: what is counted, under which words, and who is told."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from environ import Env
from prometheus_client import REGISTRY

from coachbot.environment import metrics_token, networks
from scheduling import services
from scheduling.errors import SlotUnavailable
from scheduling.queries import Wish
from tests.factories import UserFactory
from tests.servers import ask, served

TOKEN = "a-token-for-tests-0123456789-abcdef"
TEN = datetime(2026, 12, 7, 9, tzinfo=UTC)
DEPLOY = site.BASE_DIR / "deploy"


def counted(name, **labels):
    return REGISTRY.get_sample_value(f"coachbot_{name}", labels) or 0


@pytest.fixture
def growth():
    """`growth(name, **labels)` is by how much it grew since it was asked for the first time."""
    seen = {}

    def grown(name, **labels):
        now = counted(name, **labels)
        return now - seen.setdefault((name, *labels.items()), now)

    return grown


@pytest.mark.django_db
def test_requests_are_counted_by_route_whatever_the_address_and_the_method(api, growth):
    detail = {"route": "specialist-detail", "method": "GET", "status": "404"}
    invented = {"route": "specialist-list", "method": "OTHER", "status": "401"}
    nowhere = {"route": "none", "method": "GET", "status": "404"}
    labels = (detail, invented, nowhere)
    [growth("http_requests_total", **each) for each in labels]
    timed = {"route": "specialist-detail", "method": "GET"}
    growth("http_request_duration_seconds_count", **timed)

    api.get("/api/v1/specialists/00000000-0000-0000-0000-000000000000/")
    api.get("/api/v1/specialists/00000000-0000-0000-0000-000000000001/")
    api.generic("FORGED", "/api/v1/specialists/")
    api.get("/what/nobody/knows/")

    assert [growth("http_requests_total", **each) for each in labels] == [2, 1, 1]
    assert growth("http_request_duration_seconds_count", **timed) == 2


@pytest.mark.django_db(transaction=True)
def test_a_booking_counts_once_it_is_stored_and_a_refusal_under_its_reasons(
    specialist, now, growth
):
    client, wish = UserFactory(), Wish(specialist, None)
    growth("bookings_made_total")
    growth("booking_refusals_total", code="slot_unavailable")
    growth("booking_refusal_reasons_total", reason="outside_open_hours")

    with transaction.atomic():
        services.book(wish=wish, starts_at=TEN, client=client, now=now)
        transaction.set_rollback(True)
    undone = growth("bookings_made_total")
    services.book(wish=wish, starts_at=TEN, client=client, now=now)
    with pytest.raises(SlotUnavailable):
        services.book(wish=wish, starts_at=TEN.replace(hour=20), client=client, now=now)

    assert (undone, growth("bookings_made_total")) == (0, 1)
    assert growth("booking_refusals_total", code="slot_unavailable") == 1
    assert growth("booking_refusal_reasons_total", reason="outside_open_hours") == 1


@pytest.mark.django_db
def test_slow_statements_are_counted(api, growth, settings):
    settings.DB_SLOW_QUERY_MS = 0.0001
    growth("db_slow_statements_total")

    api.get("/api/v1/specialists/")

    assert growth("db_slow_statements_total") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, 200, id="from this machine"),
        pytest.param({"REMOTE_ADDR": "10.1.2.3"}, 200, id="from an allowed network"),
        pytest.param({"REMOTE_ADDR": "203.0.113.9"}, 404, id="from elsewhere"),
        pytest.param({"REMOTE_ADDR": ""}, 404, id="through a socket"),
        pytest.param({"HTTP_X_FORWARDED_FOR": "10.1.2.3"}, 404, id="through a proxy"),
        pytest.param(
            {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"},
            200,
            id="with the token",
        ),
        pytest.param(
            {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer é"},
            404,
            id="another",
        ),
    ],
)
def test_only_neighbours_and_who_has_the_token_are_told(client, settings, asked, expected):
    settings.METRICS_ALLOWED_NETWORKS = networks(Env(), "NOT_SET", default="127.0.0.1,10.0.0.0/8")
    settings.METRICS_TOKEN = TOKEN

    assert client.get("/metrics", **asked).status_code == expected


def test_without_a_token_set_none_opens(client, settings):
    settings.METRICS_ALLOWED_NETWORKS, settings.METRICS_TOKEN = [], ""

    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/metrics", "/health/live"])
def test_who_looks_after_the_process_asks_it_by_any_name(client, address):
    assert client.get(address, HTTP_HOST="10.88.0.7:8000").status_code == 200


def test_networks_and_tokens_that_cannot_be_meant_are_refused_by_name():
    env = Env()
    env.ENVIRON = {"METRICS_ALLOWED_NETWORKS": "10.0.0.1/8", "METRICS_TOKEN": "short"}

    with pytest.raises(ImproperlyConfigured, match=r"^METRICS_ALLOWED_NETWORKS .*host bits"):
        networks(env, "METRICS_ALLOWED_NETWORKS", default="")
    with pytest.raises(ImproperlyConfigured, match=r"^METRICS_TOKEN must be 32 .*"):
        metrics_token(env)


@pytest.mark.django_db(transaction=True)
def test_each_process_of_a_server_tells_what_all_of_them_counted():
    with served(WEB_CONCURRENCY="2") as (port, _), ThreadPoolExecutor(20) as many:
        list(many.map(lambda _: ask(port, "/api/v1/specialists/"), range(40)))
        texts = {ask(port, "/metrics")[2] for _ in range(4)}

    line = 'coachbot_http_requests_total{method="GET",route="specialist-list",status="200"} 40.0'
    assert all(line in text for text in texts)
    pools = re.findall(r'^coachbot_db_pool_(\w+)\{database="default"\} ', "\n".join(texts), re.M)
    expected = {"size", "used", "waiting"} if connection.vendor == "postgresql" else set()
    assert set(pools) == expected


@pytest.mark.parametrize("file", ["prometheus/alerts.yml", "grafana/dashboards/coachbot.json"])
def test_what_is_watched_is_counted(file):
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    ours = (metric for metric in REGISTRY.collect() if metric.name.startswith("coachbot"))
    known = {f"{metric.name}{suffix}" for metric in ours for suffix in suffixes[metric.type]}

    watched = set(re.findall(r"coachbot_\w+", Path(DEPLOY, file).read_text()))

    assert watched
    assert watched - known == set()
