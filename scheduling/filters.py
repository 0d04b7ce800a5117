"""What lists can be narrowed by, each look-up spelt out."""

from django_filters import rest_framework as filters

from coachbot.api.filters import InstantFilter, NullsLastOrderingFilter
from scheduling.models import Booking, BookingStatus, Service, Specialist


class SearchMixin(filters.FilterSet):
    search = filters.CharFilter(method="find", label="Every word is found somewhere.")

    def find(self, queryset, name, value):
        return queryset.search(value)


class SpecialistFilter(SearchMixin):
    specialization = filters.CharFilter(lookup_expr="icontains")
    language = filters.CharFilter(method="speaking", label="An ISO 639-1 code.")
    location = filters.CharFilter(lookup_expr="icontains")
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
    specialist = filters.UUIDFilter(field_name="specialists")
    ordering = NullsLastOrderingFilter(
        fields=[("name", "name"), ("price", "price"), ("duration_minutes", "duration_minutes")]
    )

    class Meta:
        model = Service
        fields = []


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
    reference = filters.CharFilter(lookup_expr="iexact")
    ordering = filters.OrderingFilter(
        fields=[
            ("starts_at", "starts_at"),
            ("created_at", "created_at"),
            ("updated_at", "updated_at"),
        ]
    )

    class Meta:
        model = Booking
        fields = []
