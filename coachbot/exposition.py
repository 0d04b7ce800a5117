"""`/metrics`: what was counted, for the Prometheus of the house and for nobody else."""

import os
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from coachbot import readiness
from coachbot.api.addresses import client_address
from coachbot.metrics import TASKS, WORKER


@require_safe
def metrics(request):
    """The counts of all processes of this server; 404 for who may not know them."""
    if not (_has_token(request) or _is_neighbour(request)):
        raise Http404
    _watch_tasks()
    answer = HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _watch_tasks():
    """Nothing is set while the database is away."""
    failing, tasks = readiness.look()
    if tasks:
        WORKER.set("worker" not in failing)
    for name, figure in tasks.items():
        TASKS[name].set(figure)


def _has_token(request):
    if not settings.METRICS_TOKEN:
        return False
    given = request.headers.get("Authorization", "")
    return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")


def _is_neighbour(request):
    """Only who asks directly: what a proxy brings comes from anywhere, though the proxy may be
    the neighbour."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = client_address(request)
    if not address:  # a socket in the file system
        return False
    return any(ip_address(address) in network for network in settings.METRICS_ALLOWED_NETWORKS)


def _registry():
    """gunicorn's processes write into a folder, where each reads what all of them counted."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
