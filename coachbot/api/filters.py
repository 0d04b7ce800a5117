"""Strict query parameters: a misspelt filter must never return the unfiltered list."""

from django import forms
from django.db.models import F
from django_filters import rest_framework as filters
from rest_framework.exceptions import ErrorDetail, ValidationError

from coachbot.api.serializers import InstantField


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters lists by the view's `filterset_class`; a single object is found by its id alone."""

    def filter_queryset(self, request, queryset, view):
        return queryset if view.detail else super().filter_queryset(request, queryset, view)


class StrictParametersMixin:
    """A view whose actions take only the parameters they know.

    A list knows its filters and its pages; `query_parameters` names those of other actions.
    """

    query_parameters = {}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        known = self.known_parameters()
        unknown = sorted(set(request.query_params) - set(known))
        if unknown:
            detail = f"No such parameter here. Known: {', '.join(sorted(known)) or 'none'}."
            raise ValidationError(
                {name: [ErrorDetail(detail, code="unknown_parameter")] for name in unknown}
            )

    def known_parameters(self):
        if self.action != "list":
            return self.query_parameters.get(self.action, ())
        return (*self.filterset_class.base_filters, *self.paginator.parameters)


class InstantFormField(forms.Field):
    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return InstantField().run_validation(value)
        except ValidationError as problem:
            raise forms.ValidationError(problem.detail[0], code="invalid") from None


class InstantFilter(filters.Filter):
    """Compares with an instant given as RFC 3339."""

    field_class = InstantFormField


class NullsLastOrderingFilter(filters.OrderingFilter):
    """Orders by the fields asked for; what has no value comes last, either way."""

    def filter(self, qs, value):
        if not value:
            return qs
        columns = [self.get_ordering_value(name) for name in value]
        return qs.order_by(
            *(
                F(column.lstrip("-")).desc(nulls_last=True)
                if column.startswith("-")
                else F(column).asc(nulls_last=True)
                for column in columns
            ),
            "id",
        )
