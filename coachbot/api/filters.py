"""Strict query parameters: a misspelt filter must never return the unfiltered list."""

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError


class StrictFilterBackend(DjangoFilterBackend):
    """Filters lists by the view's `filterset_class`; a single object is found by its id alone."""

    def filter_queryset(self, request, queryset, view):
        if view.detail:
            return queryset
        return super().filter_queryset(request, queryset, view)


def refuse_unknown_parameters(request, known):
    """Raise a 400 that names every query parameter that is not in `known`."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        detail = f"There is no such parameter here. Known: {', '.join(sorted(known)) or 'none'}."
        raise ValidationError(
            {name: [ErrorDetail(detail, code="unknown_parameter")] for name in unknown}
        )


class StrictParametersMixin:
    """A view whose actions take only the parameters they know.

    `query_parameters` names those of single actions; a list knows its filters and its pages.
    """

    query_parameters = {}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.known_parameters())

    def known_parameters(self):
        if self.action != "list":
            return self.query_parameters.get(self.action, ())
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        return (*filters, *self.paginator.parameters)
