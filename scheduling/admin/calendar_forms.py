"""What people choose and type on the pages of the calendar."""

from datetime import UTC, datetime

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import validate_phone
from coachbot.admin.widgets import DateInput, DateTimeInput
from scheduling import slots
from scheduling.models import Booking, Service, Specialist
from scheduling.models.hours import EARLIEST, LATEST

DAY, WEEK = "day", "week"
REASON_LENGTH = 400


class CalendarForm(forms.Form):
    """What the calendar shows. Whatever is wrong in an address counts as not given."""

    date = forms.DateField(required=False, widget=DateInput)
    view = forms.ChoiceField(
        required=False,
        choices=[(DAY, "Day"), (WEEK, "Week")],
        widget=UnfoldAdminSelectWidget,
    )
    service = forms.ModelChoiceField(
        Service.objects.all(),
        required=False,
        empty_label="Usual length",
        widget=UnfoldAdminSelectWidget,
    )
    specialization = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    q = forms.CharField(
        required=False,
        max_length=200,
        strip=True,
        label="Specialist",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Name", "type": "search"}),
    )
    specialist = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cancelled = forms.BooleanField(
        required=False, label="Cancelled too", widget=UnfoldBooleanWidget
    )
    whole = forms.BooleanField(required=False, label="All 24 hours", widget=UnfoldBooleanWidget)
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = Specialist.objects.exclude(specialization="").order_by("specialization")
        names = known.values_list("specialization", flat=True).distinct()
        self.fields["specialization"].choices = [("", "Any"), *((name, name) for name in names)]

    def clean_date(self):
        day = self.cleaned_data["date"]
        if day is not None and not EARLIEST.date() < day < LATEST.date():
            raise forms.ValidationError("The years 2000 to 2100 only.")
        return day


class InstantField(forms.CharField):
    """An instant with its offset, as addresses and hidden inputs carry it."""

    widget = forms.HiddenInput

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return None
        try:
            at = parse_datetime(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise forms.ValidationError("This is no time.")
        return require_horizon(at)


class WallClockField(forms.DateTimeField):
    """A time of the wall clock of `zone`: rule 2 of docs/domain.md says which instant it is."""

    widget = DateTimeInput
    zone = UTC

    def prepare_value(self, value):
        if not isinstance(value, datetime):
            return value
        return value.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def to_python(self, value):
        with timezone.override(UTC):
            wall = super().to_python(value)
        if wall is None:
            return None
        wall = require_horizon(wall)
        second = wall.hour * 3600 + wall.minute * 60 + wall.second
        at = slots.instant(self.zone, wall.toordinal(), second)
        return datetime.fromtimestamp(at, UTC)


class WhatForm(forms.Form):
    """What is to be booked, and when: an instant, or a time that somebody typed."""

    service = forms.ModelChoiceField(
        Service.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    starts_at = InstantField(required=False)
    local = WallClockField(required=False, label="Start")

    def __init__(self, *args, specialist, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["local"].zone = specialist.time_zone
        self.fields["local"].help_text = f"On {specialist}'s clock, {specialist.time_zone}."
        service = self.fields["service"]
        service.queryset = specialist.services.active()
        service.empty_label = f"No service: {specialist.default_duration_minutes} minutes"
        self.specialist = specialist

    def clean(self):
        given = super().clean()
        return {**given, "at": given.get("local") or given.get("starts_at")}

    def at(self, at):
        """The same form, to choose something else than the same service at `at`."""
        initial = {"service": self.cleaned_data["service"], "local": at}
        return WhatForm(initial=initial, specialist=self.specialist)


class BookForm(forms.Form):
    """For whom. `who` is the key of a person who was found, or NEW."""

    NEW = "new"

    starts_at = InstantField(error_messages={"required": "Choose a time."})
    who = forms.CharField(required=False)
    name = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(required=False, max_length=254, widget=UnfoldAdminEmailInputWidget)
    phone = forms.CharField(
        required=False,
        max_length=32,
        validators=[validate_phone],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "tel"}),
    )
    notes = forms.CharField(
        required=False,
        max_length=Booking._meta.get_field("notes").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        required=False,
        max_length=REASON_LENGTH,
        label="Why outside the rules",
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self):
        given = super().clean()
        typed = any(self.data.get(name) for name in ("name", "email", "phone"))
        given["who"] = given.get("who") or (self.NEW if typed else "")
        if not given["who"]:
            self.add_error("who", "Choose who it is for.")
        elif given["who"] != self.NEW and typed:
            self.add_error("who", "Choose: who was found, or somebody new.")
        elif given["who"] == self.NEW:
            self._require_contact(given)
        return given

    def _require_contact(self, given):
        for name in ("name", "email"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, "Somebody new gives a name and an email address.")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "They called, …"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class HandOverForm(ReasonForm):
    """To one of `others`, who are free at its time."""

    specialist = forms.ModelChoiceField(
        Specialist.objects.none(),
        label="To",
        empty_label=None,
        error_messages={"invalid_choice": "They are not free at this time any more."},
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ["specialist", "reason", "version"]

    def __init__(self, *args, others, **kwargs):
        super().__init__(*args, auto_id="hand_over_%s", **kwargs)
        keys = [other.pk for other in others]
        self.fields["specialist"].queryset = Specialist.objects.filter(pk__in=keys)
        self.has_others = bool(others)


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveForm(ReasonForm):
    """To a slot, or to a time that somebody typed."""

    starts_at = InstantField(required=False)
    local = WallClockField(required=False, label="Start")
    anyway = forms.BooleanField(
        required=False, label="Outside the rules, for that reason", widget=UnfoldBooleanWidget
    )

    def __init__(self, *args, specialist, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["local"].zone = specialist.time_zone
        self.fields["local"].help_text = f"On {specialist}'s clock, {specialist.time_zone}."
        self.specialist = specialist

    def clean(self):
        given = super().clean()
        slot, local = given.get("starts_at"), given.get("local")
        if slot and local and slot != local:
            raise forms.ValidationError("Choose a slot or type another time, not both.")
        if not (slot or local or self.errors):
            raise forms.ValidationError("Choose a time.")
        return {**given, "at": slot or local}

    def without_local(self):
        """The same form, to choose another time than the one that was typed."""
        data = self.data.copy()
        data["local"] = ""
        again = MoveForm(data, specialist=self.specialist)
        again.is_valid()
        return again


def require_horizon(at):
    """`at`, if it is a time that a booking can have. Raises ValidationError."""
    if not EARLIEST < at < LATEST:
        raise forms.ValidationError("The years 2000 to 2100 only.")
    return at
