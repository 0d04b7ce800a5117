"""What the demo's clients say, by the services that all feedback takes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from feedback import services
from feedback.models import Feedback
from scheduling.models import Booking, BookingStatus

RATINGS = (5,) * 11 + (4,) * 6 + (3,) * 2 + (2, 1)
COMMENTS = {
    1: ("Had to wait half an hour, and the client before me, a Ms Winter, complained as well.",),
    2: ("Began late, and it felt rushed.", "Not what the description says."),
    3: ("Fine, but the room was cold.", "Good advice; hard to find the entrance."),
    4: ("Very good, a little short for me.", "Competent and friendly.", "Will come again."),
    5: (
        "Best hour of my week.",
        "Patient, clear and on time.",
        "I notice the difference already. Thank you!",
        "Listened first, then knew exactly what to do.",
        "Highly recommended.",
    ),
}
REPLIES = {
    **dict.fromkeys((1, 2), ("I am sorry about that, and have left more time since.",)),
    3: ("Thank you: we have turned the heating up.",),
    **dict.fromkeys((4, 5), ("Thank you, see you next time!", "That is good to hear.")),
}


def give_feedback(
    bookings: Iterable[Booking], *, manager: User, now: datetime, rng: Random
) -> list[Feedback]:
    """Two of three clients rate within three days; some write a comment, some get a reply."""
    given = []
    for booking in bookings:
        at = booking.ends_at + timedelta(minutes=rng.randint(20, 3 * 1440))
        if booking.status == BookingStatus.COMPLETED and at <= now and rng.random() < 0.67:
            given.append(_rate(booking, manager, at, rng))
    return given


def _rate(booking: Booking, manager: User, at: datetime, rng: Random) -> Feedback:
    rating = rng.choice(RATINGS)
    feedback = services.give_feedback(
        booking=booking,
        actor=booking.client,
        rating=rating,
        comment=rng.choice(COMMENTS[rating]) if rng.random() < 0.6 else "",
        now=at,
    )
    if feedback.comment and rng.random() < 0.35:
        actor, text = booking.specialist.user or manager, rng.choice(REPLIES[rating])
        feedback = services.reply(feedback=feedback, actor=actor, text=text)
    if rating == 1 and feedback.comment:
        reason = "Names another client"
        feedback = services.hide(feedback=feedback, actor=manager, reason=reason, now=at)
    return feedback
