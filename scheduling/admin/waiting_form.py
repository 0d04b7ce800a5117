"""Who calls and finds nothing free is put in line."""

from datetime import timedelta

from django import forms
from django.db import transaction
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from coachbot.admin.widgets import DateInput, TimeInput
from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.admin.wall_clock import in_zone
from scheduling.errors import SlotFreeNow
from scheduling.models import WaitingListEntry
from scheduling.models.hours import EARLIEST, LATEST, Weekday

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class WaitingListForm(forms.ModelForm):
    """Days are whole ones of the specialist's zone; where anyone will do, of who types."""

    actor = None

    first_day = forms.DateField(widget=DateInput)
    last_day = forms.DateField(widget=DateInput)
    on = forms.TypedMultipleChoiceField(
        required=False,
        choices=Weekday.choices,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: any day.",
    )

    class Meta:
        model = WaitingListEntry
        fields = ["specialist", "service", "duration_minutes", "earliest_time", "latest_time"]
        fields += ["client", "client_name", "client_email", "client_phone"]
        widgets = {"earliest_time": TimeInput, "latest_time": TimeInput}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "client_name" in self.fields:
            self.fields["client_name"].required = False
            self.fields["client_name"].help_text = "Or a client with an account, above."

    def clean(self):
        """What the service would say, before anything is kept."""
        given = super().clean()
        self._require_order("first_day", "last_day")
        self._require_order("earliest_time", "latest_time")
        if not given.get("specialist") and not given.get("service"):
            self.add_error("specialist", "Name a specialist, or a service of whoever offers it.")
        if not self.errors:
            try:
                with transaction.atomic():
                    self.join(timezone.now())
                    transaction.set_rollback(True)
            except DomainError as refusal:
                self.add_error(None, f"{refusal}{_instead(refusal, self.zone)}")
        return given

    def _get_validation_exclusions(self):
        """The service asks the database; what is not typed here is not complete yet."""
        return {field.name for field in self._meta.model._meta.fields} - {*self.fields}

    def validate_constraints(self):
        """Likewise."""

    @property
    def zone(self):
        person = self.cleaned_data.get("specialist")
        return person.time_zone if person else self.actor.time_zone

    def join(self, now):
        """The new entry. Raises what the service raises."""
        given = self.cleaned_data
        contact = (given.get(f"client_{name}") or "" for name in ("name", "email", "phone"))
        wanted = ("specialist", "service", "duration_minutes", "earliest_time", "latest_time")
        return services.join_waiting_list(
            client=given.get("client"),
            contact=services.Contact(*contact),
            actor=self.actor,
            now=now,
            earliest=queries.start_of_day(given["first_day"], self.zone),
            latest=queries.start_of_day(given["last_day"] + DAY, self.zone) - SECOND,
            weekdays=given.get("on") or [],
            **{name: given.get(name) for name in wanted},
        ).entry

    def clean_first_day(self):
        return _in_range(self.cleaned_data["first_day"])

    def clean_last_day(self):
        return _in_range(self.cleaned_data["last_day"])

    def _require_order(self, first, last):
        ends = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if None not in ends and ends[0] > ends[1]:
            self.add_error(last, "It is before the first.")


def _in_range(day):
    if not EARLIEST.date() <= day < LATEST.date():
        raise forms.ValidationError("The years 2000 to 2100 only.")
    return day


def _instead(refusal, zone):
    if not isinstance(refusal, SlotFreeNow):
        return ""
    free = (
        f"{in_zone(slot['starts_at'], zone)[0]} with {slot['specialist']['name']}"
        for slot in refusal.extra["alternatives"]
    )
    return f" {'; '.join(free)} ({zone})."
