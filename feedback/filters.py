"""What the list of feedback can be narrowed by."""

from django_filters import rest_framework as filters

from coachbot.api.filters import InstantFilter, OrderingFilter, TrueOrFalseFilter
from coachbot.api.requests import signed_in
from feedback.models import Feedback


class FeedbackFilter(filters.FilterSet):
    specialist = filters.UUIDFilter(field_name="specialist_id")
    rating = filters.ChoiceFilter(choices=Feedback._meta.get_field("rating").choices)
    mine = TrueOrFalseFilter(method="given", label="What the caller said themselves.")
    is_hidden = TrueOrFalseFilter(method="hidden", label="For staff, and with mine=true.")
    created_after = InstantFilter(
        field_name="created_at", lookup_expr="gte", label="At that instant or later."
    )
    created_before = InstantFilter(
        field_name="created_at", lookup_expr="lt", label="Before that instant."
    )
    ordering = OrderingFilter(fields=[("created_at", "created_at"), ("rating", "rating")])

    class Meta:
        model = Feedback
        fields = []

    def given(self, queryset, name, value):
        if not value:
            return queryset.filter(is_own=False)
        token = self.request.headers.get("X-Manage-Token", "")
        return queryset.given_by(signed_in(self.request), token)

    def hidden(self, queryset, name, value):
        return queryset.filter(hidden_at__isnull=not value)
