"""Bookings over REST, for users and for guests."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language_from_request
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.idempotency import IdempotentPostsMixin
from coachbot.api.pagination import Cursors
from coachbot.api.requests import UUID_REGEX, expected_version, signed_in
from scheduling import queries, services
from scheduling.calendars import calendar_of
from scheduling.filters import BookingFilter
from scheduling.models import Booking
from scheduling.permissions import (
    Anybody,
    RunsBooking,
    SignedInOrManageToken,
    StaffByPermission,
)
from scheduling.serializers import (
    BookingEventSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancellationSerializer,
    DetailsSerializer,
    NewBookingSerializer,
    NothingSerializer,
    ReschedulingSerializer,
    booking_document,
)
from scheduling.views.clients import client_of, contact_of, require_staff

MANAGE_TOKEN = OpenApiParameter(
    "X-Manage-Token",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A guest's secret for this booking, instead of a session token.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description='The version that was read, as "3": 412 if the booking has changed since.',
)


def documented_change(request_serializer):
    """How a verb that changes a booking is documented."""
    return extend_schema(
        request=request_serializer, responses=BookingSerializer, parameters=[MANAGE_TOKEN, IF_MATCH]
    )


@extend_schema_view(retrieve=extend_schema(parameters=[MANAGE_TOKEN]))
class BookingViewSet(
    IdempotentPostsMixin,
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Book, look at, move and cancel. What one may not see does not exist (404)."""

    queryset = Booking.objects.with_people()
    serializer_class = BookingSerializer
    filterset_class = BookingFilter
    pagination_class = Cursors
    repeatable_parameters = ("status",)
    ordering = ("starts_at",)
    lookup_value_regex = UUID_REGEX
    ACCESS = {
        "create": Anybody,
        "list": StaffByPermission,
        "confirm": RunsBooking,
        "complete": RunsBooking,
        "no_show": RunsBooking,
    }

    @property
    def throttle_scope(self):
        anonymous = self.action == "create" and signed_in(self.request) is None
        return "anonymous_booking" if anonymous else "default"

    def get_permissions(self):
        return [self.ACCESS.get(self.action, SignedInOrManageToken)()]

    def get_queryset(self):
        rows, user = super().get_queryset(), signed_in(self.request)
        opened = rows.opened_by(self.request.headers.get("X-Manage-Token", ""))
        return rows.visible_to(user) | opened if user else opened

    @extend_schema(request=BookingRequestSerializer, responses={201: NewBookingSerializer})
    def create(self, request):
        """Book a slot. Without a session token it is a guest's booking: give name and email."""
        user = signed_in(request)
        require_staff(request.data, user, BookingRequestSerializer.STAFF_FIELDS)
        booked = self._book(self._read(BookingRequestSerializer), user)
        document = booking_document(booked.booking)
        if booked.manage_token:
            document["manage_token"] = booked.manage_token
        return self._answer(booked.booking, document, status=status.HTTP_201_CREATED)

    def retrieve(self, request, *args, **kwargs):
        return self._answer(self.get_object())

    @documented_change(DetailsSerializer)
    def partial_update(self, request, pk):
        """Correct notes, name or phone."""
        booking, details = self.get_object(), self._read(DetailsSerializer)
        booking = services.change_details(
            booking=booking,
            actor=signed_in(request),
            version=expected_version(request, booking.version),
            **details,
        )
        return self._answer(booking)

    @documented_change(NothingSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk):
        """Accept a pending booking."""
        return self._change(services.confirm, NothingSerializer)

    @documented_change(NothingSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request, pk):
        """Close a booking that took place."""
        return self._change(services.complete, NothingSerializer)

    @documented_change(NothingSerializer)
    @action(detail=True, methods=["post"], url_path="no-show")
    def no_show(self, request, pk):
        """Close a booking whose client stayed away."""
        return self._change(services.mark_no_show, NothingSerializer)

    @documented_change(CancellationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk):
        """Give the time back. Specialists and staff say why."""
        return self._change(services.cancel, CancellationSerializer)

    @documented_change(ReschedulingSerializer)
    @action(detail=True, methods=["post"])
    def reschedule(self, request, pk):
        """Move to another slot: it has the new time, or keeps the old one."""
        return self._change(services.reschedule, ReschedulingSerializer)

    @extend_schema(
        responses=BookingEventSerializer(many=True), parameters=[MANAGE_TOKEN], filters=False
    )
    @action(detail=True, pagination_class=None)
    def history(self, request, pk):
        """What happened to it, first things first."""
        return Response(
            BookingEventSerializer(self.get_object().events.with_people(), many=True).data
        )

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR}, parameters=[MANAGE_TOKEN])
    def calendar(self, request, pk):
        """The booking for a calendar (RFC 5545)."""
        return HttpResponse(
            calendar_of(self.get_object()),
            content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="booking.ics"'},
        )

    def _read(self, serializer_class):
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def _change(self, service, serializer_class):
        booking, words = self.get_object(), self._read(serializer_class)
        booking = service(
            booking=booking,
            actor=signed_in(self.request),
            now=timezone.now(),
            version=expected_version(self.request, booking.version),
            **words,
        )
        return self._answer(booking)

    def _answer(self, booking, document=None, **kwargs):
        """A booking, with its version as the tag that If-Match takes."""
        document = document or booking_document(booking)
        return Response(document, headers={"ETag": f'"{booking.version}"'}, **kwargs)

    def _book(self, wanted, user):
        """Call the service that fits what is wanted."""
        order = {
            "starts_at": wanted["starts_at"],
            "client": client_of(wanted, user),
            "actor": user,
            "contact": contact_of(wanted)._replace(
                language="" if user else get_language_from_request(self.request)
            ),
            "notes": wanted.get("notes", ""),
            "now": timezone.now(),
        }
        if wanted["any_specialist"]:
            return services.book_anyone(service=wanted["service"], **order)
        wish = queries.Wish(
            wanted["specialist"], wanted.get("service"), wanted.get("duration_minutes")
        )
        if reason := wanted.get("outside_hours_reason"):
            overrule = services.book_outside_hours
            if wanted["take_back_offer"]:
                overrule = services.book_over_hold
            return overrule(wish=wish, reason=reason, **order)
        return services.book(wish=wish, **order)
