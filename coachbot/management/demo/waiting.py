"""The demo's waiting list: who came too late for a full day, and one who is offered something."""

from datetime import datetime, timedelta

from accounts.models import User
from coachbot.management.demo.people import Member
from coachbot.management.demo.places import DOMAIN, Place
from scheduling import queries, services
from scheduling.models import Availability, WaitingListEntry
from scheduling.queries import Slot, Wish
from scheduling.services import Contact

WEEK = timedelta(days=7)
MOST = 3


def put_in_line(
    team: list[Member], clients: dict[Place, list[User]], now: datetime
) -> list[WaitingListEntry]:
    """A client for each of the first members of `team` who have a free slot: it is blocked, they
    wait for it, and for the first of them it is opened again, which offers it to them."""
    waiting = []
    for member in team:
        wish = Wish(member.specialist, member.services[0])
        free = queries.free_slots(wish, start=now + WEEK / 3, end=now + 3 * WEEK, now=now)
        if len(waiting) == MOST or not free:
            continue
        block = _block(wish, free[0], now)
        waiting.append(_join(wish, free[0], clients[member.place], len(waiting), now))
        if len(waiting) == 1:
            services.change_hours_anyway(remove=[block], now=now)
    return waiting


def _block(wish: Wish, slot: Slot, now: datetime) -> services.HoursRow:
    around = Availability(
        specialist=wish.specialist,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        is_available=False,
        reason="Team meeting",
    )
    return services.change_hours_anyway(save=[around], now=now)[0]


def _join(
    wish: Wish, slot: Slot, clients: list[User], number: int, now: datetime
) -> WaitingListEntry:
    """Every second is a guest."""
    client = clients[number % len(clients)] if clients and number % 2 == 0 else None
    guest = Contact("Robin Late", f"late{number}@{DOMAIN}")
    return services.join_waiting_list(
        client=client,
        contact=Contact() if client else guest,
        actor=client,
        now=now,
        specialist=wish.specialist,
        service=wish.service,
        earliest=slot.starts_at,
        latest=slot.starts_at,
    ).entry
