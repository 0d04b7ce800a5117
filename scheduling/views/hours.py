"""When specialists work, over REST: for them and for staff."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.requests import UUID_REGEX
from scheduling import services
from scheduling.filters import AvailabilityFilter, DayOffFilter, ScheduleFilter
from scheduling.models import Availability, DayOff, Schedule
from scheduling.permissions import StaffOrSpecialist
from scheduling.serializers import AvailabilitySerializer, DayOffSerializer, ScheduleSerializer
from scheduling.views.force import FORCE, is_forced

documented = extend_schema_view(
    create=extend_schema(parameters=[FORCE]),
    partial_update=extend_schema(parameters=[FORCE]),
    destroy=extend_schema(parameters=[FORCE]),
)


class HoursViewSet(
    StrictParametersMixin,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    permission_classes = [StaffOrSpecialist]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = UUID_REGEX
    query_parameters = dict.fromkeys(("create", "partial_update", "destroy"), ("force",))

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def perform_create(self, serializer):
        row = self.queryset.model(**serializer.validated_data)
        [serializer.instance] = self.change(save=[row])

    def perform_update(self, serializer):
        row = serializer.instance
        for name, value in serializer.validated_data.items():
            setattr(row, name, value)
        [serializer.instance] = self.change(save=[row])

    def perform_destroy(self, instance):
        self.change(remove=[instance])

    def change(self, **rows):
        forced = is_forced(self.request)
        change = services.change_hours_anyway if forced else services.change_hours
        return change(**rows, now=timezone.now())


@documented
class ScheduleViewSet(HoursViewSet):
    """The weekly windows of specialists: their own, for staff all."""

    queryset = Schedule.objects.all()
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter


@documented
class DayOffViewSet(HoursViewSet):
    """The days on which specialists do not work: their own, for staff all."""

    queryset = DayOff.objects.all()
    serializer_class = DayOffSerializer
    filterset_class = DayOffFilter


@documented
class AvailabilityViewSet(HoursViewSet):
    """One-off windows that open or block time: one's own, for staff all."""

    queryset = Availability.objects.all()
    serializer_class = AvailabilitySerializer
    filterset_class = AvailabilityFilter
