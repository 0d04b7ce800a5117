"""Whether the process serves, for who restarts it; and can, for who sends it requests."""

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coachbot import readiness


@require_safe
def live(request):
    """200 while the process answers. It asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request):
    """200 with the figures of the tasks, or 503 with the names of what fails; why is in the log."""
    failing, tasks = readiness.look()
    if failing:
        told = {"status": "unavailable", "failing": failing}
        return JsonResponse(told, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok", "tasks": tasks})
