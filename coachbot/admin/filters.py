"""Filters of lists that grow, and of lists that hide rows."""

from datetime import UTC, datetime, time

from django import forms
from django.contrib.admin import SimpleListFilter
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from coachbot.admin.widgets import DateInput


class DeletedFilter(SimpleListFilter):
    """Deleted rows are listed only for who asks for them."""

    ASKED = "yes"
    title = "deleted"
    parameter_name = "deleted"
    # Where unfold looks for what to keep when other filters are applied.
    lookup_kwarg = parameter_name

    @property
    def lookup_val(self):
        return [self.value()]

    def lookups(self, request, model_admin):
        return [(self.ASKED, "Deleted")]

    def choices(self, changelist):
        present, deleted = super().choices(changelist)
        return [{**present, "display": "Not deleted"}, deleted]

    def queryset(self, request, queryset):
        return queryset.deleted() if self.value() == self.ASKED else queryset.alive()


class OneOfManyFilter(AutocompleteSelectFilter):
    """A related row, found by typing: no list of thousands beside the list."""

    template = "admin/filter_form.html"


class DayRangeForm(forms.Form):
    clock = ""

    def __init__(self, *, name, data):
        super().__init__(data)
        for end in ("from", "to"):
            self.fields[f"{name}_{end}"] = forms.DateField(
                label=f"{end.capitalize()} day{self.clock}",
                required=False,
                widget=DateInput,
            )


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included."""

    form_class = DayRangeForm
    template = "admin/filter_form.html"

    def queryset(self, request, queryset):
        form = self.form_class(name=self.parameter_name, data=self.used_parameters)
        form.is_valid()
        if first := form.cleaned_data.get(f"{self.parameter_name}_from"):
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": self.start_of(first)})
        if last := form.cleaned_data.get(f"{self.parameter_name}_to"):
            queryset = queryset.filter(**{f"{self.parameter_name}__lte": self.end_of(last)})
        return queryset

    def start_of(self, day):
        return day

    def end_of(self, day):
        return day


class UTCDayRangeForm(DayRangeForm):
    clock = " (UTC)"


class UTCDayRangeFilter(DayRangeFilter):
    """For instants. Days are those of UTC, as every row has its own zone."""

    form_class = UTCDayRangeForm

    def start_of(self, day):
        return datetime.combine(day, time.min, UTC)

    def end_of(self, day):
        return datetime.combine(day, time.max, UTC)
