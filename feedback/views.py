"""Feedback over REST: everyone reads, clients and guests write, specialists reply, staff hide."""

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.idempotency import IdempotentPostsMixin
from coachbot.api.pagination import Cursors
from coachbot.api.requests import UUID_REGEX, signed_in
from feedback import services
from feedback.filters import FeedbackFilter
from feedback.models import Feedback, bookings_of, sees_hidden
from feedback.serializers import (
    FeedbackChangeSerializer,
    FeedbackSerializer,
    RatingSerializer,
    ReasonSerializer,
)
from scheduling.permissions import SignedInOrManageToken, StaffWrite
from scheduling.views.bookings import MANAGE_TOKEN


@extend_schema_view(
    list=extend_schema(parameters=[MANAGE_TOKEN]), retrieve=extend_schema(parameters=[MANAGE_TOKEN])
)
class FeedbackViewSet(
    IdempotentPostsMixin,
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """What clients say of bookings that took place. What is hidden is there for staff, and for
    its author, in lists with `mine=true` alone."""

    queryset = Feedback.objects.all()
    serializer_class = FeedbackSerializer
    filterset_class = FeedbackFilter
    pagination_class = Cursors
    ordering = ("-created_at",)
    lookup_value_regex = UUID_REGEX
    throttle_scope = "default"
    WRITTEN_BY_AUTHOR = frozenset({"rating", "comment"})

    def get_permissions(self):
        of_clients = self.action in ("create", "partial_update")
        return [SignedInOrManageToken() if of_clients else StaffWrite()]

    def get_queryset(self):
        rows = super().get_queryset().visible_to(signed_in(self.request), self._manage_token)
        return rows.with_booking() if self.action == "partial_update" else rows

    def filter_queryset(self, queryset):
        """What is hidden is in no list but those of staff and of what is one's own."""
        rows = super().filter_queryset(queryset)
        own = self.request.query_params.get("mine") == "true"
        if self.action != "list" or own or sees_hidden(signed_in(self.request)):
            return rows
        return rows.visible()

    @property
    def _manage_token(self):
        return self.request.headers.get("X-Manage-Token", "")

    @extend_schema(
        request=RatingSerializer, responses={201: FeedbackSerializer}, parameters=[MANAGE_TOKEN]
    )
    def create(self, request):
        """Rate a booking that took place, once, as its client."""
        words = self._read(RatingSerializer)
        own = bookings_of(signed_in(request), self._manage_token)
        booking = own.filter(pk=words.pop("booking")).first()
        if booking is None:
            raise Http404
        feedback = services.give_feedback(
            booking=booking, actor=signed_in(request), now=timezone.now(), **words
        )
        return self._answer(feedback, status.HTTP_201_CREATED)

    @extend_schema(
        request=FeedbackChangeSerializer, responses=FeedbackSerializer, parameters=[MANAGE_TOKEN]
    )
    def partial_update(self, request, pk):
        """Its author changes rating and comment for 14 days; the specialist replies."""
        feedback, words = self.get_object(), self._read(FeedbackChangeSerializer)
        self._require_theirs(feedback, words.keys())
        with transaction.atomic():
            if (text := words.pop("reply", None)) is not None:
                services.reply(feedback=feedback, actor=request.user, text=text)
            if words:
                services.change_feedback(
                    feedback=feedback, actor=signed_in(request), now=timezone.now(), **words
                )
        return self._answer(feedback)

    @extend_schema(request=ReasonSerializer, responses=FeedbackSerializer)
    @action(detail=True, methods=["post"])
    def hide(self, request, pk):
        """Take it from the public and from the rating; it stays for staff and its author."""
        return self._moderate(services.hide, now=timezone.now())

    @extend_schema(request=ReasonSerializer, responses=FeedbackSerializer)
    @action(detail=True, methods=["post"])
    def unhide(self, request, pk):
        """Show and count it again."""
        return self._moderate(services.unhide)

    def _moderate(self, service, **more):
        feedback, words = self.get_object(), self._read(ReasonSerializer)
        service(feedback=feedback, actor=self.request.user, **words, **more)
        return self._answer(feedback)

    def _require_theirs(self, feedback, names):
        """Raise PermissionDenied unless they may write `names`, and something at all."""
        user = signed_in(self.request)
        replies = user is not None and (
            user.is_staff_with("feedback.change_feedback") or feedback.specialist.user_id == user.pk
        )
        theirs = {"reply"} if replies else set()
        if feedback.is_own:
            theirs |= self.WRITTEN_BY_AUTHOR
        if not theirs:
            raise PermissionDenied("Its author changes it, and the specialist replies.")
        if refused := names - theirs:
            raise PermissionDenied(f"This is not yours to write: {', '.join(sorted(refused))}.")

    def _read(self, serializer_class):
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _answer(self, feedback, code=status.HTTP_200_OK):
        """The row as whoever asks now sees it."""
        row = self.get_queryset().get(pk=feedback.pk)
        return Response(self.get_serializer(row).data, status=code)
