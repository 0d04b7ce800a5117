"""One process of many people who want the same time of somebody. Run by test_races.py.

Says `ready`, waits for a line, lets all its clients loose at once, and prints what each got.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID

import django
from django.db import IntegrityError, connection, transaction

django.setup()

from django.utils import timezone  # noqa: E402 -- needs the settings
from rest_framework.test import APIClient  # noqa: E402 -- needs the settings

from accounts.models import User  # noqa: E402 -- needs the settings
from coachbot.chat.bot import answer  # noqa: E402 -- needs the settings
from coachbot.chat.models import Chat  # noqa: E402 -- needs the settings
from coachbot.errors import DomainError  # noqa: E402 -- needs the settings
from scheduling import queries, services  # noqa: E402 -- needs the settings
from scheduling.models import (  # noqa: E402 -- needs the settings
    Booking,
    DayOff,
    Hold,
    Service,
    Specialist,
    WaitingListEntry,
)
from scheduling.queries import Wish  # noqa: E402 -- needs the settings
from scheduling.services.limits import require_room_if_locked  # noqa: E402 -- needs the settings
from scheduling.services.offering import hold_first  # noqa: E402 -- needs the settings


def over_the_api(specialist, starts_at, number):
    """A guest's request: the status that it got."""
    answer = APIClient(SERVER_NAME="localhost").post(
        "/api/v1/bookings/",
        {
            "specialist": specialist,
            "starts_at": starts_at,
            "client_name": f"Guest {number}",
            "client_email": "guest@example.com",
        },
    )
    return answer.status_code


def without_the_lock(specialist, starts_at, number):
    """The control: the same check and insert, but nobody queues up."""
    wish = Wish(Specialist.objects.get(pk=specialist))
    contact = services.Contact(f"Guest {number}", "guest@example.com")
    at = datetime.fromisoformat(starts_at)
    try:
        services.insert_if_free(services.Order(wish, at, None, None, contact), timezone.now())
    except DomainError:
        return 409
    return 201


def over_the_api_or_a_day_off(specialist, starts_at, number):
    """Every second client takes the day off instead."""
    if number % 2:
        return over_the_api(specialist, starts_at, number)
    try:
        services.change_hours(save=[day_off(specialist, starts_at)], now=timezone.now())
    except DomainError:
        return 409
    return 201


def without_the_lock_or_a_day_off(specialist, starts_at, number):
    """The control: the same checks and inserts, but nobody queues up."""
    try:
        if number % 2:
            return without_the_lock(specialist, starts_at, number)
        with transaction.atomic():
            services.change_hours_if_kept(
                save=[day_off(specialist, starts_at)], remove=[], now=timezone.now()
            )
    except (DomainError, IntegrityError):
        return 409
    return 201


def anybody_up_to_the_limit(_, starts_at, number):
    """Every client asks a specialist of their own, all for one user."""
    try:
        services.book(**order(starts_at, number), now=timezone.now())
    except DomainError:
        return 409
    return 201


def anybody_up_to_the_limit_without_the_lock(_, starts_at, number):
    """The control: the same check and insert, but nobody queues up."""
    wanted, now = order(starts_at, number), timezone.now()
    try:
        require_room_if_locked(wanted["client"], wanted["contact"].email, now=now)
        services.insert_if_free(services.Order(**wanted, actor=None), now)
    except (DomainError, IntegrityError):
        return 409
    return 201


def book_or_be_offered(specialist, starts_at, number):
    """The first client of a process is a worker that offers the time to who waits."""
    if number:
        return over_the_api(specialist, starts_at, number)
    return offer(specialist)


def book_or_be_offered_without_the_lock(specialist, starts_at, number):
    """The control: the same checks and inserts, but nobody queues up."""
    if number:
        return without_the_lock(specialist, starts_at, number)
    return offer_without_the_lock(specialist, 0)


def book_or_accept_or_expire(specialist, starts_at, number):
    """The first client of a process holds the time and takes it at the last moment; the second is
    a worker that finds that they did not, and all others want it too."""
    hold = Hold.objects.select_related("entry").get()
    if number == 0:
        just = hold.expires_at - timedelta(microseconds=1)
        return refusal_of(services.accept_offer, entry=hold.entry, actor=None, now=just) or "booked"
    if number == 1:
        return offer(specialist, hold.expires_at)
    return refusal_of(services.book, **as_guest(hold, number), now=hold.expires_at) or "booked"


def accept_or_take(specialist, starts_at, number):
    """The first client takes what is held; each other one wants it in a way of their own."""
    hold = Hold.objects.select_related("entry", "specialist").get()
    now = timezone.now()
    if number == 0:
        return refusal_of(services.accept_offer, entry=hold.entry, actor=None, now=now) or "booked"
    steal = STRANGERS[number % len(STRANGERS)]
    return refusal_of(steal, hold=hold, number=number, now=now) and "refused"


def book_it(hold, number, now):
    services.book(**as_guest(hold, number), now=now)


def book_it_as_a_client(hold, number, now):
    client = User.objects.filter(user_type="client").exclude(pk=hold.entry.client_id)[0]
    services.book(**{**as_guest(hold, number), "client": client}, now=now)


def book_it_with_anyone(hold, number, now):
    order = {**as_guest(hold, number), "service": Service.objects.get()}
    services.book_anyone(**{name: order[name] for name in order if name != "wish"}, now=now)


def book_it_outside_hours(hold, number, now):
    actor = User.objects.get(user_type="staff")
    services.book_outside_hours(**as_guest(hold, number), actor=actor, reason="Flu", now=now)


def move_there(hold, number, now):
    booking = Booking.objects.get(specialist=hold.specialist)
    services.reschedule(booking=booking, starts_at=hold.starts_at, actor=booking.client, now=now)


def settle_there(hold, number, now):
    booking = Booking.objects.get(specialist=hold.specialist)
    there = services.Settlement(services.Outcome.MOVE, starts_at=hold.starts_at)
    actor = User.objects.get(user_type="staff")
    change = services.ChangeHours()
    services.settle(change, settlements={booking.pk: there}, actor=actor, reason="Flu", now=now)


def hand_over_there(hold, number, now):
    booking = Booking.objects.exclude(specialist=hold.specialist).get()
    actor, said = User.objects.get(user_type="staff"), {"reason": "Flu", "now": now}
    services.hand_over(booking=booking, specialist=hold.specialist, actor=actor, **said)


STRANGERS = [
    book_it,
    book_it_as_a_client,
    book_it_with_anyone,
    book_it_outside_hours,
    move_there,
    settle_there,
    hand_over_there,
]


def as_guest(hold, number):
    contact, wish = services.Contact("Guest", f"{number}@example.com"), Wish(hold.specialist)
    return {"wish": wish, "starts_at": hold.starts_at, "client": None, "contact": contact}


def offer(specialist, now=None):
    held = services.offer_time_of(specialist_id=UUID(specialist), now=now or timezone.now())
    return f"{len(held)} held"


def offer_to_each(specialist, _, number):
    return offer(specialist)


def offer_without_the_lock(specialist, number):
    """The control: the same search and insert, but nobody queues up."""
    entry, now = WaitingListEntry.objects.order_by("pk")[number], timezone.now()
    (free,) = queries.free_time([Specialist.objects.get(pk=specialist)], [entry], now=now)
    try:
        held = hold_first(entry, free, set(), now)
    except IntegrityError:
        held = None
    return f"{1 if held else 0} held"


def offer_to_each_without_the_lock(specialist, _, number):
    return offer_without_the_lock(specialist, number)


def refusal_of(service, /, **order):
    try:
        service(**order)
    except DomainError as refusal:
        return refusal.code
    return ""


def over_the_bot(_, starts_at, number):
    """Every client has a chat of their own, says yes there, and is told what came of it."""
    chat = Chat.objects.order_by("pk")[number]
    return "".join({"booking", "slots"} & answer(chat, "yes", timezone.now()).reply.payload.keys())


def order(starts_at, number):
    """For the one user there is, or for a guest where there is none."""
    return {
        "wish": Wish(Specialist.objects.order_by("pk")[number]),
        "starts_at": datetime.fromisoformat(starts_at),
        "client": User.objects.first(),
        "contact": services.Contact("Guest", "guest@example.com"),
    }


def day_off(specialist, starts_at):
    return DayOff(specialist_id=UUID(specialist), date=datetime.fromisoformat(starts_at).date())


WAYS = {
    "api": over_the_api,
    "unguarded": without_the_lock,
    "day_off": over_the_api_or_a_day_off,
    "day_off_unguarded": without_the_lock_or_a_day_off,
    "bot": over_the_bot,
    "offer": book_or_be_offered,
    "offer_unguarded": book_or_be_offered_without_the_lock,
    "expiry": book_or_accept_or_expire,
    "held": accept_or_take,
    "offers": offer_to_each,
    "offers_unguarded": offer_to_each_without_the_lock,
    "limit": anybody_up_to_the_limit,
    "limit_unguarded": anybody_up_to_the_limit_without_the_lock,
}


def main(way, specialist, starts_at, clients):
    attempt = WAYS[way]
    together = Barrier(int(clients))

    def client(number):
        connection.ensure_connection()
        together.wait()
        try:
            return attempt(specialist, starts_at, number)
        finally:
            connection.close()

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(int(clients)) as pool:
        print(json.dumps(list(pool.map(client, range(int(clients))))))


main(*sys.argv[1:])
