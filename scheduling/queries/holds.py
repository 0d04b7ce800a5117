"""What is held for those who wait, and what that means for others who want the same time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from coachbot.errors import Reason
from scheduling.models import Hold
from scheduling.queries.refusals import why_not
from scheduling.queries.wishes import Wish, terms_of
from scheduling.slots import Refusal

# The reason of a time that staff may take back from whoever was offered it.
HELD = "held"


def holds_at(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Hold]:
    """The live holds that a booking of `wish` from `starts_at` on would overlap, by time."""
    terms = terms_of(wish)
    first = starts_at - timedelta(seconds=terms.buffer_before)
    last = starts_at + timedelta(seconds=terms.duration + terms.buffer_after)
    rows = Hold.objects.live(now).filter(specialist=wish.specialist)
    rows = rows.filter(occupied_ends_at__gt=first, occupied_starts_at__lt=last)
    return list(rows.select_related("entry"))


def why_not_but_for(
    wish: Wish, starts_at: datetime, holds: Collection[Hold], *, now: datetime
) -> list[Reason]:
    """As `why_not`, were there no `holds`."""
    return why_not(wish, starts_at, now=now, aside=[hold.pk for hold in holds])


def why_not_for_staff(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """As `why_not`, but what is merely held is told apart from what is booked, and for whom."""
    reasons = why_not(wish, starts_at, now=now)
    if not is_taken(reasons):
        return reasons
    holds = holds_at(wish, starts_at, now=now)
    others = why_not_but_for(wish, starts_at, holds, now=now)
    return reasons if is_taken(others) else [*others, *held_for(holds)]


def is_taken(reasons: Collection[Reason]) -> bool:
    return any(reason.code == Refusal.TAKEN for reason in reasons)


def held_for(holds: Sequence[Hold]) -> list[Reason]:
    return [
        Reason(
            HELD,
            f"It is held for {hold.entry.client_name} of the waiting list until "
            f"{hold.expires_at:%Y-%m-%d %H:%M} UTC.",
        )
        for hold in holds
    ]
