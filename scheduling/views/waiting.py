"""The waiting list over REST, for users and for guests."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.idempotency import IdempotentPostsMixin
from coachbot.api.pagination import Cursors
from coachbot.api.requests import UUID_REGEX, signed_in
from scheduling import services
from scheduling.filters import WaitingListFilter
from scheduling.models import WaitingListEntry
from scheduling.permissions import Anybody, SignedInOrManageToken, StaffByPermission, Waits
from scheduling.serializers import (
    NewBookingSerializer,
    NewWaitingListEntrySerializer,
    NothingSerializer,
    WaitingListEntrySerializer,
    WaitingListRequestSerializer,
)
from scheduling.views.bookings import MANAGE_TOKEN
from scheduling.views.clients import CONTACT_FIELDS, client_of, contact_of, require_staff


@extend_schema_view(retrieve=extend_schema(parameters=[MANAGE_TOKEN]))
class WaitingListViewSet(
    IdempotentPostsMixin,
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Wait for time that is not free, take what is offered, or leave. What one may not see does
    not exist (404)."""

    queryset = WaitingListEntry.objects.with_people()
    serializer_class = WaitingListEntrySerializer
    filterset_class = WaitingListFilter
    pagination_class = Cursors
    repeatable_parameters = ("status",)
    ordering = ("created_at",)
    lookup_value_regex = UUID_REGEX
    ACCESS = {
        "create": Anybody,
        "list": StaffByPermission,
        "destroy": Waits,
        "accept": Waits,
        "decline": Waits,
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

    @extend_schema(
        request=WaitingListRequestSerializer, responses={201: NewWaitingListEntrySerializer}
    )
    def create(self, request):
        """Join the line. Without a session token it is a guest's entry: give name and email."""
        user = signed_in(request)
        require_staff(request.data, user, WaitingListRequestSerializer.STAFF_FIELDS)
        wanted = dict(self._read(WaitingListRequestSerializer))
        joined = services.join_waiting_list(
            client=client_of(wanted, user),
            contact=contact_of(wanted),
            actor=user,
            now=timezone.now(),
            **_fields(wanted),
        )
        document = NewWaitingListEntrySerializer(self._read_again(joined.entry)).data
        if joined.manage_token:
            document["manage_token"] = joined.manage_token
        return Response(document, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, parameters=[MANAGE_TOKEN])
    def destroy(self, request, pk):
        """Leave the line. What was offered goes to the next."""
        services.leave_waiting_list(
            entry=self.get_object(), actor=signed_in(request), now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=NothingSerializer, responses={201: NewBookingSerializer}, parameters=[MANAGE_TOKEN]
    )
    @action(detail=True, methods=["post"])
    def accept(self, request, pk):
        """Book what is offered. The answer is the booking; a guest's has its own token."""
        entry = self.get_object()
        self._read(NothingSerializer)
        booked = services.accept_offer(entry=entry, actor=signed_in(request), now=timezone.now())
        document = NewBookingSerializer(booked.booking).data
        if booked.manage_token:
            document["manage_token"] = booked.manage_token
        headers = {"ETag": f'"{booked.booking.version}"'}
        return Response(document, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        request=NothingSerializer, responses=WaitingListEntrySerializer, parameters=[MANAGE_TOKEN]
    )
    @action(detail=True, methods=["post"])
    def decline(self, request, pk):
        """Let the offer pass and wait on, at the end of the line."""
        entry = self.get_object()
        self._read(NothingSerializer)
        services.decline_offer(entry=entry, actor=signed_in(request), now=timezone.now())
        return Response(WaitingListEntrySerializer(self._read_again(entry)).data)

    def _read(self, serializer_class):
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def _read_again(self, entry):
        return WaitingListEntry.objects.with_people().get(pk=entry.pk)


def _fields(wanted):
    """Those of an entry; whom it is for is said apart."""
    others = {"any_specialist", "client", *CONTACT_FIELDS}
    return {name: value for name, value in wanted.items() if name not in others}
