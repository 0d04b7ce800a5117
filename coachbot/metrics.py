"""What is counted for Prometheus. The labels are this project's own words, never what was asked."""

from django.db import connections
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("coachbot_http_requests", "Requests answered.", ["route", "method", "status"])
DURATION = Histogram(
    "coachbot_http_request_duration_seconds",
    "Time until the answer began.",
    ["route", "method"],
    buckets=SECONDS,
)
BOOKINGS = Counter("coachbot_bookings_made", "Bookings stored.")
REFUSALS = Counter("coachbot_booking_refusals", "New bookings that were refused.", ["code"])
# A refusal with several reasons counts for each of them.
REASONS = Counter("coachbot_booking_refusal_reasons", "Rules behind refusals.", ["reason"])
SLOW_STATEMENTS = Counter(
    "coachbot_db_slow_statements", "Statements that took DB_SLOW_QUERY_MS or longer."
)


def _pool_gauge(name: str, what: str) -> Gauge:
    """Of all processes that live together."""
    return Gauge(f"coachbot_db_pool_{name}", what, ["database"], multiprocess_mode="livesum")


POOL = {
    "size": _pool_gauge("size", "Connections that the pools hold."),
    "used": _pool_gauge("used", "Connections that are in use."),
    "waiting": _pool_gauge("waiting", "Threads that wait for a connection."),
}


def _task_gauge(name: str, what: str) -> Gauge:
    """As whoever looked last has found it: it is the same for all processes."""
    return Gauge(f"coachbot_tasks_{name}", what, multiprocess_mode="mostrecent")


TASKS = {
    "due": _task_gauge("due", "Tasks that wait for nothing but a worker."),
    "oldest_due_seconds": _task_gauge("oldest_due_seconds", "For how long the oldest has waited."),
    "dead": _task_gauge("dead", "Tasks that failed and are tried again only if staff say so."),
}
WORKER = Gauge(
    "coachbot_worker_seen", "Whether a task worker was seen lately.", multiprocess_mode="mostrecent"
)


def count_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """An address is counted under the name of its route, an invented method as OTHER."""
    route = request.resolver_match.view_name if request.resolver_match else "none"
    method = request.method if request.method in METHODS else "OTHER"
    REQUESTS.labels(route, method, response.status_code).inc()
    DURATION.labels(route, method).observe(seconds)


def watch_pools(**kwargs: object) -> None:
    """How the pools of this process are, each time a request has given its connection back."""
    for alias in connections:
        if "pool" not in connections.settings[alias]["OPTIONS"]:
            continue
        facts = connections[alias].pool.get_stats()  # type: ignore[attr-defined]  # PostgreSQL's
        size = facts["pool_size"]
        POOL["size"].labels(alias).set(size)
        POOL["used"].labels(alias).set(size - facts["pool_available"])
        POOL["waiting"].labels(alias).set(facts.get("requests_waiting", 0))
