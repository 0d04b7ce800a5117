"""The demo's users and specialists. Whoever is there already stays as they are."""

from collections.abc import Iterator
from itertools import count, cycle, islice, product
from random import Random
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User, UserType
from coachbot.management.demo.places import DOMAIN, PLACES, Offer, Place, Role
from scheduling.models import Service, Specialist

PASSWORD = "demo-coachbot-2026"  # noqa: S105 -- public on purpose, see `seed_demo --force`
ADMIN = f"admin@{DOMAIN}"
RECEPTION = f"reception@{DOMAIN}"
# The first of each has an address that is easy to type.
FIRST_SPECIALIST = f"specialist@{DOMAIN}"
FIRST_CLIENT = f"client@{DOMAIN}"
LOGINS = (ADMIN, RECEPTION, FIRST_SPECIALIST, FIRST_CLIENT)

# What a front desk does all day; see coachbot/migrations/0004_staff_groups.py.
FRONT_DESK = "Receptionists"


class Person(NamedTuple):
    place: Place
    given: str
    family: str
    email: str


class Member(NamedTuple):
    """A specialist at work."""

    specialist: Specialist
    place: Place
    role: Role
    services: list[Service]


def is_there() -> bool:
    """Whether the demo has been made here before, whatever people have done to it since."""
    return Specialist.everything.filter(email__endswith=f"@{DOMAIN}").exists()


def make_staff(password: str) -> User:
    """The superuser and the front desk, of whom the latter is returned."""
    made = _new_users(
        [
            _user(ADMIN, password, "Ada", "Keller", user_type=UserType.STAFF, is_superuser=True),
            _user(
                RECEPTION,
                password,
                "Rosa",
                "Baum",
                user_type=UserType.STAFF,
                time_zone=PLACES[0].sites[0].zone,
            ),
        ]
    )
    reception: User = User.objects.get(email=RECEPTION)
    if reception in made:
        reception.groups.set(Group.objects.filter(name=FRONT_DESK))
    return reception


def admin() -> User:
    """Who looks after what clients say."""
    found: User = User.objects.get(email=ADMIN)
    return found


def make_team(size: int, password: str, rng: Random) -> list[Member]:
    """Specialists of all places in turn, and the services that they offer."""
    people = list(islice(_in_turn([_specialists(place, rng) for place in PLACES]), size))
    people[0] = people[0]._replace(email=FIRST_SPECIALIST)
    # One in six has no account and is managed by staff alone.
    linked = [person for number, person in enumerate(people) if number % 6 != 5]
    made = _new_users(
        [
            _user(email, password, given, family, user_type=UserType.SPECIALIST)
            for _, given, family, email in linked
        ]
    )
    users = {user.email: user for user in made}
    offered = {place: _services(place) for place in PLACES if place in {p.place for p in people}}
    return [
        _member(person, number // len(PLACES), users.get(person.email), offered[person.place])
        for number, person in enumerate(people)
    ]


def make_clients(size: int, password: str, rng: Random) -> dict[Place, list[User]]:
    """Users who book, by the place where they do."""
    people = list(islice(_in_turn([_clients(place, rng) for place in PLACES]), size))
    people[0] = people[0]._replace(email=FIRST_CLIENT)
    users = _new_users(
        [
            _user(
                person.email,
                password,
                person.given,
                person.family,
                time_zone=person.place.sites[-1].zone,
                phone=person.place.phone.format(150 + number % 50),
            )
            for number, person in enumerate(people)
        ]
    )
    place_of = {person.email: person.place for person in people}
    return {place: [user for user in users if place_of[user.email] is place] for place in PLACES}


def _user(email: str, password: str, given: str, family: str, **fields: Any) -> User:
    """An account named by its address, which nobody else will want. `password` is hashed."""
    return User(
        username=email,
        email=email,
        password=password,
        first_name=given,
        last_name=family,
        **fields,
    )


def _new_users(users: list[User]) -> list[User]:
    """Insert those whose address nobody has yet, and return them alone."""
    emails = [user.email for user in users]
    there = User.objects.filter(Q(email__in=emails) | Q(username__in=emails))
    taken = {text for row in there.values_list("email", "username") for text in row}
    made = User.objects.bulk_create(user for user in users if user.email not in taken)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in made
    )
    return list(made)


def _member(person: Person, number: int, user: User | None, services: dict[str, Service]) -> Member:
    """The `number`th at a place takes the role and the site whose turn it is."""
    place = person.place
    role = place.roles[number % len(place.roles)]
    site = place.sites[number % len(place.sites)]
    specialist = Specialist.objects.create(
        user=user,
        name=f"{person.given} {person.family}",
        email=person.email,
        phone=place.phone.format(100 + number % 50),
        specialization=role.specialization,
        bio=role.bio,
        certifications=role.certifications,
        languages=list(place.languages[number % len(place.languages)]),
        location=site.location,
        hourly_rate=role.rate,
        currency=place.currency,
        time_zone=site.zone,
    )
    specialist.refresh_from_db()
    offered = [services[key] for key in role.offers]
    specialist.services.add(*offered)
    return Member(specialist, place, role, offered)


def _services(place: Place) -> dict[str, Service]:
    return {offer.key: _service(offer, place) for offer in place.offers}


def _service(offer: Offer, place: Place) -> Service:
    service: Service = Service.objects.create(
        name=offer.name,
        description=offer.description,
        price=offer.price,
        currency=place.currency,
        **offer.fields,
    )
    service.refresh_from_db()
    return service


def _specialists(place: Place, rng: Random) -> Iterator[Person]:
    """Those with a name of their own first, then as many more as are wanted."""
    for given, family in place.staff:
        yield Person(place, given, family, f"{_slug(given, family)}@{DOMAIN}")
    for person in _clients(place, rng):
        yield person._replace(email=f"team.{person.email}")


def _clients(place: Place, rng: Random) -> Iterator[Person]:
    names = list(product(place.given, place.family))
    rng.shuffle(names)
    for number, (given, family) in zip(count(), cycle(names), strict=False):
        again = number // len(names)
        yield Person(
            place, given, family, f"{_slug(given, family)}{again + 1 if again else ''}@{DOMAIN}"
        )


def _in_turn(people: list[Iterator[Person]]) -> Iterator[Person]:
    """One of each place, and again."""
    return (next(place) for place in cycle(people))


def _slug(given: str, family: str) -> str:
    return slugify(f"{given} {family}").replace("-", ".")
