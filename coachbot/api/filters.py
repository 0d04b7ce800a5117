"""Strict query parameters: a misspelt filter must never return the unfiltered list."""

from django import forms
from django.db.models import F
from django_filters import rest_framework as filters
from django_filters.fields import BaseCSVField
from drf_spectacular.utils import OpenApiTypes, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from coachbot.api.serializers import DayField, InstantField


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters lists by the view's `filterset_class`; a single object is found by its id alone."""

    def filter_queryset(self, request, queryset, view):
        return queryset if view.detail else super().filter_queryset(request, queryset, view)


def refuse_unknown_parameters(request, known, *, repeatable=()):
    """Raise a 400 that names every query parameter that is not in `known`, is empty, or stands
    more than once without being `repeatable`. An empty search finds everything."""
    problems = {}
    for name, values in request.query_params.lists():
        if name not in known:
            detail = f"No such parameter here. Known: {', '.join(sorted(known)) or 'none'}."
            problems[name] = [ErrorDetail(detail, code="unknown_parameter")]
        elif len(values) > 1 and name not in repeatable:
            problems[name] = [ErrorDetail("Give this once.", code="repeated_parameter")]
        elif "" in values and name != "search":
            problems[name] = [ErrorDetail("Give a value, or leave it out.", code="blank")]
    if problems:
        raise ValidationError(problems)


class StrictParametersMixin:
    """A view whose actions take only the parameters they know, once each.

    A list knows its filters and its pages; `query_parameters` names those of other actions.
    """

    query_parameters = {}
    repeatable_parameters: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        known, repeatable = self.known_parameters(), self.repeatable_parameters
        refuse_unknown_parameters(request, known, repeatable=repeatable)

    def known_parameters(self):
        if self.action in self.query_parameters or self.action != "list":
            return self.query_parameters.get(self.action, ())
        return (*self.filterset_class.base_filters, *self.paginator.parameters)


class StrictFormField(forms.Field):
    """Reads as the API field of its subclass does."""

    api_field: serializers.Field

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return self.api_field.run_validation(value)
        except ValidationError as problem:
            raise forms.ValidationError(problem.detail[0], code="invalid") from None


class InstantFormField(StrictFormField):
    api_field = InstantField()


class DayFormField(StrictFormField):
    api_field = DayField()


class InstantFilter(filters.Filter):
    """Compares with an instant given as RFC 3339."""

    field_class = InstantFormField


class DayFilter(filters.Filter):
    """Compares with a date given as YYYY-MM-DD."""

    field_class = DayFormField


@extend_schema_field(OpenApiTypes.BOOL)
class TrueOrFalseFilter(filters.TypedChoiceFilter):
    """Exactly `true` or `false`: django-filter's own takes any other word for no filter."""

    def __init__(self, **kwargs):
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce="true".__eq__, **kwargs)


class NamesField(BaseCSVField):
    """Names with commas between them: django-filter takes no name at all for one."""

    def clean(self, value):
        if value and "" in value:
            raise forms.ValidationError("Give names with single commas between.", code="invalid")
        return super().clean(value)


class OrderingFilter(filters.OrderingFilter):
    base_field_class = NamesField


class NullsLastOrderingFilter(OrderingFilter):
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
