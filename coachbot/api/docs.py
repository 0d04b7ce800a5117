"""The OpenAPI document and the pages that show it."""

from functools import cache

from django.http import HttpResponse, JsonResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.negotiation import DefaultContentNegotiation

from coachbot.api.filters import refuse_unknown_parameters

READING = ["get", "head"]


class DocumentationMixin:
    """What goes wrong is told as everywhere, and not as a page."""

    known_query = ""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.META["QUERY_STRING"] != self.known_query:
            refuse_unknown_parameters(request, ())

    def handle_exception(self, exc):
        answer = super().handle_exception(exc)
        return JsonResponse(answer.data, status=answer.status_code)


class SchemaView(DocumentationMixin, SpectacularAPIView):
    """OpenAPI 3, as YAML or as JSON, whichever is accepted."""

    http_method_names = READING
    content_negotiation_class = DefaultContentNegotiation

    def _get_schema_response(self, request):
        """The same for everybody, and a second's work."""
        name = self._get_filename(request, version="")
        return HttpResponse(
            rendered(type(request.accepted_renderer)),
            content_type=request.accepted_media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


@cache
def rendered(renderer):
    document = SchemaGenerator().get_schema(request=None, public=True)
    return renderer().render(document, renderer_context={})


class SwaggerView(DocumentationMixin, SpectacularSwaggerSplitView):
    """The page, and with `?script=` the script that starts it, which so needs not stand inside."""

    known_query = "script="
    http_method_names = READING


class RedocView(DocumentationMixin, SpectacularRedocView):
    http_method_names = READING
