"""Whether the process serves."""

from django.http import JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def live(request):
    """200 while the process answers. It asks nothing of the database."""
    return JsonResponse({"status": "ok"})
