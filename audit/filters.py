from django_filters import rest_framework as filters

from audit.models import AdminLog
from coachbot.api.filters import InstantFilter

LONGEST = 200


class AdminLogFilter(filters.FilterSet):
    actor = filters.UUIDFilter(field_name="actor_id", label="A user's id.")
    action = filters.CharFilter(max_length=LONGEST, label="As booking.cancelled.")
    resource_type = filters.CharFilter(max_length=LONGEST, label="As scheduling.booking.")
    resource_id = filters.CharFilter(max_length=LONGEST)
    created_after = InstantFilter(
        field_name="created_at", lookup_expr="gte", label="At that instant or later."
    )
    created_before = InstantFilter(
        field_name="created_at", lookup_expr="lt", label="Before that instant."
    )

    class Meta:
        model = AdminLog
        fields = []
