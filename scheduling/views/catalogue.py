"""Scheduling over REST: translate, ask or tell the domain, translate back."""

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.pagination import Cursors
from scheduling import queries, services
from scheduling.filters import BookingFilter, ServiceFilter, SpecialistFilter
from scheduling.models import Booking, Service, Specialist
from scheduling.permissions import SignedInOrManageToken, StaffOrOwnProfile, StaffWrite
from scheduling.serializers import (
    BookingRequestSerializer,
    BookingSerializer,
    CancellationSerializer,
    NewBookingSerializer,
    ServiceSerializer,
    SlotsQuerySerializer,
    SlotsSerializer,
    SpecialistSerializer,
    slots_document,
)

# Tighter than any UUID's own check: an id of another shape is no address of ours.
UUID_REGEX = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MANAGE_TOKEN = OpenApiParameter(
    "X-Manage-Token",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A guest's secret for this booking, instead of a session token.",
)


def signed_in(request):
    """The user who asks, or None."""
    return request.user if request.user.is_authenticated else None


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
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = UUID_REGEX
    query_parameters = {"slots": SlotsQuerySerializer().fields.keys()}
    # What only staff decide about a specialist.
    STAFF_FIELDS = frozenset({"email", "hourly_rate", "currency", "is_active"})

    def get_queryset(self):
        user = signed_in(self.request)
        rows = Specialist.everything.all() if self.action == "restore" else self._present(user)
        offered = Service.objects.visible_to(user)
        return rows.prefetch_related(Prefetch("services", queryset=offered))

    def _present(self, user):
        """A list shows who can be booked; an id also finds who takes a break."""
        alive = super().get_queryset()
        return alive.visible_to(user) if self.action == "list" else alive

    def perform_update(self, serializer):
        refused = self.STAFF_FIELDS & serializer.validated_data.keys()
        if refused and not self.request.user.is_staff:
            raise PermissionDenied(f"Only staff change: {', '.join(sorted(refused))}.")
        serializer.save()

    def perform_destroy(self, instance):
        services.delete_specialist(specialist=instance, now=timezone.now())

    @extend_schema(request=None, responses=SpecialistSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request, pk):
        """Bring a deleted specialist back."""
        specialist = self.get_object()
        services.restore(row=specialist)
        return Response(self.get_serializer(specialist).data)

    @extend_schema(parameters=[SlotsQuerySerializer], responses=SlotsSerializer, filters=False)
    @action(detail=True)
    def slots(self, request, pk):
        """The times that begin in the range and can be booked now."""
        context = {"specialist": self.get_object()}
        query = SlotsQuerySerializer(data=request.query_params.dict(), context=context)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = queries.free_slots(
            asked["wish"], start=asked["start"], end=asked["end"], now=timezone.now()
        )
        return Response(slots_document(asked["wish"], asked["zone"], found))


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

    def get_queryset(self):
        user = signed_in(self.request)
        offering = Specialist.objects.visible_to(user)
        rows = super().get_queryset().visible_to(user)
        return rows.prefetch_related(Prefetch("specialists", queryset=offering))

    def perform_destroy(self, instance):
        services.delete_service(service=instance, now=timezone.now())


@extend_schema_view(retrieve=extend_schema(parameters=[MANAGE_TOKEN]))
class BookingViewSet(
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Book, list, look at and cancel. What one may not see does not exist (404)."""

    queryset = Booking.objects.with_people()
    serializer_class = BookingSerializer
    filterset_class = BookingFilter
    pagination_class = Cursors
    ordering = ("starts_at",)
    lookup_value_regex = UUID_REGEX
    ACCESS = {"create": AllowAny, "list": IsAuthenticated}

    def get_permissions(self):
        return [self.ACCESS.get(self.action, SignedInOrManageToken)()]

    def get_queryset(self):
        rows, user = super().get_queryset(), signed_in(self.request)
        opened = rows.opened_by(self.request.headers.get("X-Manage-Token", ""))
        return rows.visible_to(user) | opened if user else opened

    @extend_schema(request=BookingRequestSerializer, responses={201: NewBookingSerializer})
    def create(self, request):
        """Book a slot. Without a session token it is a guest's booking: give name and email."""
        wanted = BookingRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        booked = services.book(
            **self._wanted(wanted.validated_data), client=signed_in(request), now=timezone.now()
        )
        document = NewBookingSerializer(booked.booking).data
        if booked.manage_token:
            document["manage_token"] = booked.manage_token
        return Response(document, status=status.HTTP_201_CREATED)

    @staticmethod
    def _wanted(data):
        return {
            "wish": queries.Wish(
                data["specialist"], data.get("service"), data.get("duration_minutes")
            ),
            "starts_at": data["starts_at"],
            "contact": services.Contact(
                name=data.get("client_name", ""),
                email=data.get("client_email", ""),
                phone=data.get("client_phone", ""),
            ),
            "notes": data.get("notes", ""),
        }

    @extend_schema(
        request=CancellationSerializer, responses=BookingSerializer, parameters=[MANAGE_TOKEN]
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk):
        """Give the time back. Specialists and staff say why."""
        given = CancellationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        booking = services.cancel(
            booking=self.get_object(),
            actor=signed_in(request),
            reason=given.validated_data.get("reason", ""),
            now=timezone.now(),
        )
        return Response(self.get_serializer(booking).data)
