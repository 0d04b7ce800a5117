"""Filters of lists that grow, and of lists that hide rows."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django import forms
from django.contrib.admin import SimpleListFilter
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from coachbot.admin.widgets import DateInput

# Days without a neighbour have no instants in every zone, and no row is near them.
EARLIEST, LATEST = date(2, 1, 1), date(9998, 1, 1)


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
    def __init__(self, *, name, data, clock=""):
        super().__init__(data)
        for end in ("from", "to"):
            self.fields[f"{name}_{end}"] = forms.DateField(
                label=f"{end.capitalize()} day{clock}",
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


class ZonedDayRangeFilter(DayRangeFilter):
    """For instants: days are those of `zone_of(request)`, which the form names."""

    def __init__(self, field, request, *args, **kwargs):
        super().__init__(field, request, *args, **kwargs)
        self.zone = self.zone_of(request)
        self.form_class = partial(DayRangeForm, clock=f" ({self.zone})")

    def start_of(self, day):
        return datetime.combine(min(max(day, EARLIEST), LATEST), time.min, self.zone)

    def end_of(self, day):
        following = self.start_of(min(day, LATEST) + timedelta(days=1))
        return following.astimezone(UTC) - timedelta(microseconds=1)


class UTCDayRangeFilter(ZonedDayRangeFilter):
    """Every row has its own zone."""

    def zone_of(self, request):
        return UTC


class OwnDayRangeFilter(ZonedDayRangeFilter):
    """Days as whoever looks counts them: what is "today" on the start page is today here."""

    def zone_of(self, request):
        return request.user.time_zone
