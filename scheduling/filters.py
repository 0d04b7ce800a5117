"""What lists can be narrowed by, each look-up spelt out."""

from django_filters import rest_framework as filters

from coachbot.api.filters import (
    DayFilter,
    InstantFilter,
    NullsLastOrderingFilter,
    OrderingFilter,
    TrueOrFalseFilter,
)
from scheduling.models import (
    Availability,
    Booking,
    BookingStatus,
    DayOff,
    Schedule,
    Service,
    Specialist,
    WaitingListEntry,
    WaitingStatus,
)
from scheduling.models.booking import as_reference
from scheduling.models.hours import Weekday

# SQLite compares with patterns of at most 50,000 bytes, and nobody looks for as much.
LONGEST_TEXT = 200


class SearchMixin(filters.FilterSet):
    search = filters.CharFilter(
        method="find", max_length=LONGEST_TEXT, label="Every word is found somewhere."
    )

    def find(self, queryset, name, value):
        return queryset.search(value)


class SpecialistFilter(SearchMixin):
    specialization = filters.CharFilter(lookup_expr="icontains", max_length=LONGEST_TEXT)
    language = filters.CharFilter(method="speaking", max_length=2, label="An ISO 639-1 code.")
    location = filters.CharFilter(lookup_expr="icontains", max_length=LONGEST_TEXT)
    service = filters.UUIDFilter(method="offering")
    min_rating = filters.NumberFilter(field_name="rating_average", lookup_expr="gte")
    max_rate = filters.NumberFilter(field_name="hourly_rate", lookup_expr="lte")
    ordering = NullsLastOrderingFilter(
        fields=[
            ("name", "name"),
            ("hourly_rate", "hourly_rate"),
            ("rating_average", "rating"),
            ("created_at", "created_at"),
        ]
    )

    class Meta:
        model = Specialist
        fields = []

    def speaking(self, queryset, name, value):
        return queryset.speaking(value)

    def offering(self, queryset, name, value):
        return queryset.filter(services__in=Service.objects.active().filter(pk=value))


class ServiceFilter(SearchMixin):
    specialist = filters.UUIDFilter(method="offered_by")
    ordering = NullsLastOrderingFilter(
        fields=[("name", "name"), ("price", "price"), ("duration_minutes", "duration_minutes")]
    )

    class Meta:
        model = Service
        fields = []

    def offered_by(self, queryset, name, value):
        return queryset.filter(specialists__in=Specialist.objects.filter(pk=value))


class BookingFilter(SearchMixin):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    client = filters.UUIDFilter(field_name="client_id")
    service = filters.UUIDFilter(field_name="service_id")
    status = filters.MultipleChoiceFilter(choices=BookingStatus.choices)
    starts_after = InstantFilter(
        field_name="starts_at", lookup_expr="gte", label="At that instant or later."
    )
    starts_before = InstantFilter(
        field_name="starts_at", lookup_expr="lt", label="Before that instant."
    )
    updated_since = InstantFilter(
        field_name="updated_at", lookup_expr="gte", label="Changed at that instant or later."
    )
    reference = filters.CharFilter(
        method="called", max_length=LONGEST_TEXT, label="In any case; spaces and hyphens are free."
    )
    ordering = OrderingFilter(
        fields=[
            ("starts_at", "starts_at"),
            ("created_at", "created_at"),
            ("updated_at", "updated_at"),
        ]
    )

    class Meta:
        model = Booking
        fields = []

    def called(self, queryset, name, value):
        return queryset.filter(reference=as_reference(value))


class WaitingListFilter(SearchMixin):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    service = filters.UUIDFilter(field_name="service_id")
    client = filters.UUIDFilter(field_name="client_id")
    status = filters.MultipleChoiceFilter(choices=WaitingStatus.choices)
    ordering = OrderingFilter(fields=[("created_at", "created_at")])

    class Meta:
        model = WaitingListEntry
        fields = []


class ScheduleFilter(filters.FilterSet):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    weekday = filters.ChoiceFilter(choices=Weekday.choices)
    is_active = TrueOrFalseFilter()
    ordering = NullsLastOrderingFilter(
        fields=[
            ("weekday", "weekday"),
            ("start_time", "start_time"),
            ("created_at", "created_at"),
        ]
    )

    class Meta:
        model = Schedule
        fields = []


class DayOffFilter(filters.FilterSet):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    date_after = DayFilter(field_name="date", lookup_expr="gte", label="On that day or later.")
    date_before = DayFilter(field_name="date", lookup_expr="lt", label="Before that day.")
    is_active = TrueOrFalseFilter()
    ordering = NullsLastOrderingFilter(fields=[("date", "date"), ("created_at", "created_at")])

    class Meta:
        model = DayOff
        fields = []


class AvailabilityFilter(filters.FilterSet):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    ends_after = InstantFilter(
        field_name="ends_at", lookup_expr="gt", label="Not over at that instant."
    )
    starts_before = InstantFilter(
        field_name="starts_at", lookup_expr="lt", label="Begun before that instant."
    )
    is_available = TrueOrFalseFilter()
    ordering = NullsLastOrderingFilter(
        fields=[("starts_at", "starts_at"), ("created_at", "created_at")]
    )

    class Meta:
        model = Availability
        fields = []
