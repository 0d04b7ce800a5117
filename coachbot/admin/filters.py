"""Filters of lists that grow, and of lists that hide rows."""

from datetime import UTC, datetime, time

from django import forms
from django.contrib.admin import SimpleListFilter
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from coachbot.admin.widgets import DateInput


class DeletedFilter(SimpleListFilter):
    """Deleted rows are listed only for who asks for them."""

    title = "deleted"
    parameter_name = "deleted"

    def lookups(self, request, model_admin):
        return [("yes", "Deleted")]

    def choices(self, changelist):
        present, deleted = super().choices(changelist)
        return [{**present, "display": "Not deleted"}, deleted]

    def queryset(self, request, queryset):
        return queryset.deleted() if self.value() == "yes" else queryset.alive()


class OneOfManyFilter(AutocompleteSelectFilter):
    """A related row, found by typing: no list of thousands beside the list."""

    template = "admin/filter_form.html"


class DayRangeForm(forms.Form):
    def __init__(self, *, name, data):
        super().__init__(data)
        for end in ("from", "to"):
            self.fields[f"{name}_{end}"] = forms.DateField(
                label=f"{name.replace('_', ' ').capitalize()}, {end} (UTC)",
                required=False,
                widget=DateInput,
            )


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included. Days are those of UTC: every row has its zone."""

    form_class = DayRangeForm
    template = "admin/filter_form.html"

    def queryset(self, request, queryset):
        form = self.form_class(name=self.parameter_name, data=self.used_parameters)
        form.is_valid()
        first = form.cleaned_data.get(f"{self.parameter_name}_from")
        last = form.cleaned_data.get(f"{self.parameter_name}_to")
        if first:
            start = datetime.combine(first, time.min, UTC)
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": start})
        if last:
            end = datetime.combine(last, time.max, UTC)
            queryset = queryset.filter(**{f"{self.parameter_name}__lte": end})
        return queryset
