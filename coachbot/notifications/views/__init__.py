"""The pages that mails lead to. Nobody signs in: the link says who comes, and for what."""

from coachbot.notifications.views.booking import BookingPage
from coachbot.notifications.views.offer import OfferPage
from coachbot.notifications.views.unsubscribe import UnsubscribePage

__all__ = ["BookingPage", "OfferPage", "UnsubscribePage"]
