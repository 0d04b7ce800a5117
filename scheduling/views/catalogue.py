"""Who can be booked, and what: specialists and services."""

from django.db.models import Prefetch
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.requests import UUID_REGEX, signed_in
from coachbot.db.replicas import from_replica
from scheduling import queries, services
from scheduling.filters import ServiceFilter, SpecialistFilter
from scheduling.models import Service, Specialist
from scheduling.models.specialist import PRESENT
from scheduling.permissions import StaffOrOwnProfile, StaffWrite
from scheduling.serializers import (
    NothingSerializer,
    ServiceSerializer,
    SlotsQuerySerializer,
    SlotsSerializer,
    SpecialistSerializer,
    WhyNotQuerySerializer,
    WhyNotSerializer,
    slots_document,
)
from scheduling.views.force import FORCE, is_forced


@extend_schema_view(partial_update=extend_schema(parameters=[FORCE]))
class SpecialistViewSet(
    StrictParametersMixin,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Who can be booked, and when. Everyone reads; staff write; specialists edit their profile."""

    queryset = Specialist.objects.all()
    serializer_class = SpecialistSerializer
    filterset_class = SpecialistFilter
    permission_classes = [StaffOrOwnProfile]
    throttle_scope = "default"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = UUID_REGEX
    query_parameters = {
        "partial_update": ("force",),
        "slots": SlotsQuerySerializer().fields.keys(),
        "why_not": WhyNotQuerySerializer().fields.keys(),
    }
    # What only staff decide about a specialist.
    STAFF_FIELDS = frozenset({"email", "hourly_rate", "currency", "is_active"})

    list = from_replica(mixins.ListModelMixin.list)

    def get_queryset(self):
        user = signed_in(self.request)
        rows = Specialist.everything.all() if self.action == "restore" else self._present(user)
        offered = Service.objects.visible_to(user)
        return rows.prefetch_related(Prefetch("services", queryset=offered))

    def _present(self, user):
        """A list shows who can be booked; an id also finds who takes a break."""
        alive = super().get_queryset()
        return alive.visible_to(user) if self.action == "list" else alive

    def _present_one(self, pk):
        """As get_object, without services."""
        try:
            specialist = PRESENT.get(pk=pk)
        except Specialist.DoesNotExist:
            raise Http404 from None
        self.check_object_permissions(self.request, specialist)
        return specialist

    def perform_create(self, serializer):
        serializer.instance = services.create_specialist(fields=dict(serializer.validated_data))

    def perform_update(self, serializer):
        refused = self.STAFF_FIELDS & serializer.validated_data.keys()
        if refused and not self.request.user.is_staff:
            raise PermissionDenied(f"Only staff change: {', '.join(sorted(refused))}.")
        forced = is_forced(self.request)
        change = services.change_specialist_anyway if forced else services.change_specialist
        fields = dict(serializer.validated_data)
        change(specialist=serializer.instance, fields=fields, now=timezone.now())
        serializer.instance = self.get_object()

    def perform_destroy(self, instance):
        services.delete_specialist(specialist=instance, now=timezone.now())

    @extend_schema(request=None, responses=SpecialistSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request, pk):
        """Bring a deleted specialist back."""
        specialist = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        services.restore(row=specialist)
        return Response(self.get_serializer(specialist).data)

    @extend_schema(parameters=[SlotsQuerySerializer], responses=SlotsSerializer, filters=False)
    @action(detail=True, throttle_scope="search")
    @from_replica
    def slots(self, request, pk):
        """The times that begin in the range and can be booked now."""
        context = {"specialist": self._present_one(pk)}
        query = SlotsQuerySerializer(data=request.query_params.dict(), context=context)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = queries.free_slots(
            asked["wish"], start=asked["start"], end=asked["end"], now=timezone.now()
        )
        return Response(slots_document(asked["wish"], asked["zone"], found))

    @extend_schema(parameters=[WhyNotQuerySerializer], responses=WhyNotSerializer, filters=False)
    @action(detail=True, url_path="why-not", throttle_scope="search")
    def why_not(self, request, pk):
        """Every rule that refuses a start; none exactly if it can be booked."""
        context = {"specialist": self._present_one(pk)}
        query = WhyNotQuerySerializer(data=request.query_params.dict(), context=context)
        query.is_valid(raise_exception=True)
        reasons = queries.why_not(**query.validated_data, now=timezone.now())
        return Response(
            {"bookable": not reasons, "reasons": [reason._asdict() for reason in reasons]}
        )


class ServiceViewSet(
    StrictParametersMixin,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """What can be booked. Everyone reads, staff write."""

    queryset = Service.objects.all()
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    permission_classes = [StaffWrite]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = UUID_REGEX

    list = from_replica(mixins.ListModelMixin.list)

    def get_queryset(self):
        user = signed_in(self.request)
        offering = Specialist.objects.visible_to(user)
        rows = super().get_queryset()
        if self.request.method in SAFE_METHODS:
            rows = rows.visible_to(user)
        return rows.prefetch_related(Prefetch("specialists", queryset=offering))

    def perform_create(self, serializer):
        fields = dict(serializer.validated_data)
        specialists = fields.pop("specialists", ())
        serializer.instance = services.create_service(fields=fields, specialists=specialists)

    def perform_update(self, serializer):
        fields = dict(serializer.validated_data)
        specialists = fields.pop("specialists", None)
        services.change_service(
            service=serializer.instance, fields=fields, specialists=specialists, now=timezone.now()
        )
        serializer.instance = self.get_object()

    def perform_destroy(self, instance):
        services.delete_service(service=instance, now=timezone.now())
