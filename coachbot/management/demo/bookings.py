"""The demo's bookings: each on a slot that was offered, by the services that all bookings take."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random

from accounts.models import User
from coachbot.errors import DomainError
from coachbot.management.demo.people import Member
from coachbot.management.demo.places import CLIENT_REASONS, DOMAIN, NOTES, STAFF_REASONS, Place
from scheduling import queries, services
from scheduling.models import Booking, BookingStatus
from scheduling.queries import Slot, Wish
from scheduling.services import Contact
from scheduling.slots import local_date

# Nobody books less than two days ahead here, so that clients can still cancel a little later.
EARLIEST_DAYS, LATEST_DAYS = 2, 14
THINKS_AGAIN = timedelta(hours=6)
DAY = timedelta(days=1)
# Full days are drawn again, but not for ever.
TRIES_PER_BOOKING = 5


class Diary:
    """Draws bookings, from `weeks` ago to `weeks` ahead of `now`, and what became of them."""

    def __init__(
        self,
        *,
        team: list[Member],
        clients: dict[Place, list[User]],
        reception: User,
        now: datetime,
        weeks: int,
        rng: Random,
    ) -> None:
        self.team = team
        self.clients = clients
        self.reception = reception
        self.now = now
        self.days = weeks * 7
        self.rng = rng
        self.busy: dict[User, list[Slot]] = defaultdict(list)
        self.guests = count(1)
        self.requests = count(1)

    def fill(self, number: int) -> Iterator[Booking]:
        """Up to `number` bookings; fewer when the team has no more time."""
        made = 0
        for _ in range(number * TRIES_PER_BOOKING):
            if made == number:
                return
            try:
                booking = self._draw()
            except DomainError:
                continue
            if booking is not None:
                made += 1
                yield booking

    def _draw(self) -> Booking | None:
        """Somebody looked at a day in good time and took one of the slots that were left."""
        member = self.rng.choice(self.team)
        wish = Wish(member.specialist, self.rng.choice(member.services))
        zone = member.specialist.time_zone
        today = local_date(zone, int(self.now.timestamp()))
        day = today + self.rng.randint(-self.days, self.days) * DAY
        start, end = queries.start_of_day(day, zone), queries.start_of_day(day + DAY, zone)
        ahead = timedelta(minutes=self.rng.randint(EARLIEST_DAYS * 1440, LATEST_DAYS * 1440))
        asked_at = min(self.now, start - ahead)
        offered = queries.free_slots(wish, start=start, end=end, now=asked_at)
        if not offered:
            return None
        return self._take(member.place, wish, self.rng.choice(offered), asked_at)

    def _take(self, place: Place, wish: Wish, slot: Slot, asked_at: datetime) -> Booking:
        client = self._client(place, slot)
        booking = services.book(
            wish=wish,
            starts_at=slot.starts_at,
            client=client,
            contact=Contact() if client else self._guest(place),
            notes=self.rng.choice(NOTES) if self.rng.random() < 0.2 else "",
            now=asked_at,
        ).booking
        try:
            return self._live(booking, asked_at)
        except DomainError:
            # A site with rules of its own, such as a week's notice: then it stays as booked.
            return booking

    def _client(self, place: Place, slot: Slot) -> User | None:
        """A regular who is not elsewhere at that time; one in ten is a guest instead."""
        free = [
            user
            for user in self.clients[place]
            if all(
                slot.ends_at <= s.starts_at or s.ends_at <= slot.starts_at for s in self.busy[user]
            )
        ]
        if not free or self.rng.random() < 0.1:
            return None
        client = self.rng.choice(free)
        self.busy[client].append(slot)
        return client

    def _guest(self, place: Place) -> Contact:
        return Contact(
            name=f"{self.rng.choice(place.given)} {self.rng.choice(place.family)}",
            email=f"guest{next(self.guests)}@{DOMAIN}",
            phone=place.phone.format(self.rng.randint(150, 199)),
        )

    def _live(self, booking: Booking, asked_at: datetime) -> Booking:
        """Confirmed, held, missed or called off. Two of three requests still wait."""
        luck, over = self.rng.random(), booking.ends_at <= self.now
        if luck < 0.1:
            return self._cancel(booking, min(self.now, asked_at + THINKS_AGAIN))
        if booking.status == BookingStatus.PENDING:
            if booking.starts_at > self.now and next(self.requests) % 3:
                return booking
            booking = services.confirm(booking=booking, actor=self.reception, now=asked_at)
        if not over:
            return booking
        close = services.mark_no_show if luck < 0.17 else services.complete
        return close(booking=booking, actor=self.reception, now=booking.ends_at)

    def _cancel(self, booking: Booking, at: datetime) -> Booking:
        if self.rng.random() < 0.4:
            return services.cancel(
                booking=booking,
                actor=self.reception,
                reason=self.rng.choice(STAFF_REASONS),
                now=at,
            )
        return services.cancel(
            booking=booking, actor=booking.client, reason=self.rng.choice(CLIENT_REASONS), now=at
        )
