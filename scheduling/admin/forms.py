"""Forms that foresee what the services of scheduling would refuse."""

from datetime import UTC, date, time
from functools import cached_property
from itertools import combinations

from django import forms
from django.utils import timezone
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import UserType
from coachbot.admin.widgets import DateTimeInput
from scheduling.errors import DuplicateDayOff, OverlappingSchedule
from scheduling.models import Availability, DayOff, Schedule, Specialist
from scheduling.models.hours import EARLIEST, LATEST, MIDNIGHT
from scheduling.models.specialist import validate_languages


class LanguagesField(forms.CharField):
    """A list of language codes, written with commas."""

    widget = UnfoldAdminTextInputWidget
    default_validators = [validate_languages]

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        if isinstance(value, list):
            return value
        return (value or "").replace(",", " ").lower().split()


class SpecialistForm(forms.ModelForm):
    languages = LanguagesField(required=False, help_text="Two-letter codes: de, en.")

    class Meta:
        model = Specialist
        fields = "__all__"  # noqa: DJ007 -- the admin names them

    def clean_user(self):
        """Django asks only those who are not deleted; the database asks everyone."""
        user = self.cleaned_data["user"]
        others = Specialist.everything.exclude(pk=self.instance.pk)
        if user and (other := others.filter(user=user).first()):
            state = "the deleted specialist" if other.is_deleted else "the specialist"
            raise forms.ValidationError(f"This account belongs to {state} {other}.")
        if user and "user" in self.changed_data and user.user_type == UserType.CLIENT:
            raise forms.ValidationError("This account is a client's: make it a specialist's first.")
        return user


class ScheduleForm(forms.ModelForm):
    class Meta:
        model = Schedule
        fields = ["specialist", "weekday", "start_time", "end_time"]
        fields += ["valid_from", "valid_until", "is_active"]

    def validate_unique(self):
        """Django's hook for what other rows forbid: the instance is filled by now."""
        super().validate_unique()
        if not self.errors and self.instance.is_active:
            refuse_overlap(self, Schedule.objects.overlapping(self.instance).first())


class DayOffForm(forms.ModelForm):
    class Meta:
        model = DayOff
        fields = ["specialist", "date", "reason", "is_active"]

    def clean_date(self):
        day = self.cleaned_data["date"]
        if not EARLIEST.date() <= day <= LATEST.date():
            raise forms.ValidationError("The years 2000 to 2100 only.")
        return day


class ZonedDateTimeField(forms.DateTimeField):
    """An instant, shown and typed as the wall-clock time of `zone`."""

    widget = DateTimeInput
    zone = UTC

    def prepare_value(self, value):
        with timezone.override(self.zone):
            return super().prepare_value(value)

    def to_python(self, value):
        with timezone.override(self.zone):
            return super().to_python(value)


class AvailabilityForm(forms.ModelForm):
    """Times are the specialist's. `specialist` is cleaned first, so they are known in time."""

    starts_at = ZonedDateTimeField(help_text="In the specialist's time zone.")
    ends_at = ZonedDateTimeField(help_text="In the specialist's time zone.")

    class Meta:
        model = Availability
        fields = ["specialist", "starts_at", "ends_at", "is_available", "reason"]

    def __init__(self, *args, zone=None, **kwargs):
        super().__init__(*args, **kwargs)
        if zone is None and self.instance.specialist_id:
            zone = self.instance.specialist.time_zone
        self.use(zone or UTC)

    def clean_specialist(self):
        specialist = self.cleaned_data["specialist"]
        if isinstance(self.fields["specialist"], forms.ModelChoiceField):
            self.use(specialist.time_zone)
        return specialist

    def use(self, zone):
        self.fields["starts_at"].zone = self.fields["ends_at"].zone = zone


class HoursFormSet(PaginationInlineFormSet):
    def kept_forms(self):
        """The forms of all rows that there would be after saving, but for those of others."""
        rows = [form for form in self.forms if form.has_changed() or form in self.initial_forms]
        return [form for form in rows if form not in self.deleted_forms]

    def active_forms(self):
        return [form for form in self.kept_forms() if form.instance.is_active]


class ScheduleFormSet(HoursFormSet):
    def clean(self):
        super().clean()
        if not any(self.errors):
            self.refuse_overlaps(self.active_forms())

    def refuse_overlaps(self, forms):
        for one, two in combinations(forms, 2):
            if overlap(one.instance, two.instance):
                refuse_overlap(two, one.instance)
        here = [form.instance.pk for form in self.initial_forms]
        for form in forms:
            if form.has_changed() and not form.errors:
                elsewhere = Schedule.objects.overlapping(form.instance).exclude(pk__in=here)
                refuse_overlap(form, elsewhere.first())


class DayOffFormSet(HoursFormSet):
    def clean(self):
        super().clean()
        seen = set()
        for form in [] if any(self.errors) else self.active_forms():
            if form.instance.date in seen:
                form.add_error("date", DuplicateDayOff.message)
            seen.add(form.instance.date)


class AvailabilityFormSet(PaginationInlineFormSet):
    @cached_property
    def zone(self):
        """The zone in which the page was shown, also when this request changes it."""
        kept = Specialist.everything.filter(pk=self.instance.pk)
        return kept.values_list("time_zone", flat=True).first() or self.instance.time_zone

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "zone": self.zone}

    def full_clean(self):
        """A new specialist's zone is known only now, after the form above has been cleaned."""
        if self.instance._state.adding:
            for form in self.forms:
                form.use(self.instance.time_zone)
        super().full_clean()


def overlap(one: Schedule, two: Schedule) -> bool:
    """Whether two active windows of one specialist share time of some week."""
    return (
        one.weekday == two.weekday
        and one.start_time < _end(two)
        and two.start_time < _end(one)
        and (one.valid_from or date.min) <= (two.valid_until or date.max)
        and (two.valid_from or date.min) <= (one.valid_until or date.max)
    )


def refuse_overlap(form, other: Schedule | None) -> None:
    if other is not None:
        form.add_error(None, f"{OverlappingSchedule.message} It is {other}.")


def _end(row: Schedule) -> time:
    return time.max if row.end_time == MIDNIGHT else row.end_time
