"""Everything that is stored of a person, as one document."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Prefetch

from accounts.models import UserSession
from accounts.services import addresses_of
from coachbot.chat.models import Chat, TelegramLink
from coachbot.chat.serializers import ChatSerializer, MessageSerializer
from coachbot.feeds.models import CalendarFeed
from coachbot.mail import outbox
from coachbot.me.serializers import MeSerializer
from coachbot.notifications.services import unsubscriptions_of
from feedback.models import Feedback
from feedback.serializers import FeedbackSerializer
from scheduling.models import Booking, BookingEvent, Specialist, WaitingListEntry
from scheduling.serializers import (
    AvailabilitySerializer,
    BookingEventSerializer,
    BookingSerializer,
    DayOffSerializer,
    ScheduleSerializer,
    SpecialistSerializer,
    WaitingListEntrySerializer,
)

SESSION = ("id", "ip_address", "user_agent", "created_at", "last_seen_at", "expires_at")
MAIL = ("recipient", "subject", "created_at", "sent_at")


def export(request, *, now):
    """The document of who asks. No secrets: passwords, tokens and codes are kept only as hashes,
    or sealed."""
    user = request.user
    addresses = addresses_of(user)
    return {
        "exported_at": now,
        "account": {
            **MeSerializer(user).data,
            "updated_at": user.updated_at,
            "last_login": user.last_login,
            "groups": list(user.groups.values_list("name", flat=True)),
        },
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
        ),
        "second_factors": list(
            Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")
        ),
        "sessions": list(UserSession.objects.filter(user=user).values(*SESSION, "is_active")),
        "bookings": [_booking(booking) for booking in _bookings(user)],
        "waiting_list": WaitingListEntrySerializer(_waiting_list(user), many=True).data,
        "feedback": _feedback(request),
        "unsubscriptions": unsubscriptions_of(addresses),
        "chats": [_chat(chat) for chat in _chats(user)],
        "mail": list(
            outbox.sent_to(addresses).values("recipient", "subject", "created_at", "sent_at")
        ),
        "telegram": TelegramLink.objects.filter(user=user, linked_at__isnull=False)
        .values("telegram_id", "linked_at")
        .first(),
        "calendar_feed": CalendarFeed.objects.of(user)
        .values("created_at", "rotated_at", "last_read_at")
        .first(),
        "specialist": _specialist(Specialist.everything.filter(user=user).first(), request),
    }


def _bookings(user):
    rows = Booking.objects.with_people().filter(client=user).order_by("starts_at", "id")
    return rows.prefetch_related(Prefetch("events", BookingEvent.objects.with_people()))


def _waiting_list(user):
    return WaitingListEntry.objects.with_people().filter(client=user).order_by("created_at", "id")


def _booking(booking):
    history = BookingEventSerializer(booking.events.all(), many=True).data
    return {**BookingSerializer(booking).data, "history": history}


def _feedback(request):
    """What they said of their bookings, hidden or not, and what was replied."""
    user = request.user
    rows = Feedback.objects.visible_to(user).given_by(user).order_by("created_at", "id")
    return FeedbackSerializer(rows, many=True, context={"request": request}).data


def _replies(specialist):
    """What was said of them is their clients'; how they answered is theirs."""
    rows = Feedback.objects.filter(specialist=specialist).exclude(reply="")
    return list(rows.order_by("created_at", "id").values("id", "reply"))


def _chats(user):
    """Those put away, too: they are stored."""
    return Chat.everything.of(user).order_by("created_at", "id").prefetch_related("messages")


def _chat(chat):
    messages = MessageSerializer(chat.messages.all(), many=True).data
    return {**ChatSerializer(chat).data, "deleted_at": chat.deleted_at, "messages": messages}


def _specialist(specialist, request):
    """The profile and the hours; bookings with this specialist are their clients'."""
    if specialist is None:
        return None
    return {
        **SpecialistSerializer(specialist, context={"request": request}).data,
        "schedules": ScheduleSerializer(specialist.schedules.all(), many=True).data,
        "days_off": DayOffSerializer(specialist.days_off.all(), many=True).data,
        "availability": AvailabilitySerializer(specialist.availabilities.all(), many=True).data,
        "replies": _replies(specialist),
    }
