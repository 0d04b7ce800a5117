"""Three businesses that do not exist: who works there, when, and what can be booked."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

# RFC 2606 keeps `.example` free of real mailboxes, so nothing sent here reaches anyone.
DOMAIN = "demo.coachbot.example"

# Weekday (0 = Monday) to the windows worked; domain.md, "Schedule".
Week = dict[int, tuple[tuple[time, time], ...]]


def _week(days: range | tuple[int, ...], *windows: str) -> Week:
    parsed = [window.split("-") for window in windows]
    return dict.fromkeys(
        days, tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in parsed)
    )


WORKDAYS = range(5)
OFFICE = _week(WORKDAYS, "09:00-12:30", "13:30-18:00")
EARLY = _week(WORKDAYS, "07:00-11:30", "12:15-15:00")
EVENINGS = _week(range(4), "15:00-21:00") | _week((5,), "10:00-14:00")
# Until 00:00 is until midnight.
LATE = _week((1, 3), "12:00-16:00", "18:00-00:00") | _week((2, 4, 5), "09:00-13:00")


@dataclass(frozen=True)
class Offer:
    """A Service. `fields` are those of the model."""

    key: str
    name: str
    description: str
    price: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Role:
    """What somebody does at a place."""

    specialization: str
    bio: str
    certifications: str
    rate: Decimal
    week: Week
    offers: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    zone: str
    location: str


@dataclass(frozen=True, eq=False)
class Place:
    """`staff` are names in the order in which they are made; each takes the next role and site.

    `given` and `family` name its clients, and specialists beyond `staff`. `phone` is of a range
    that is set aside for fiction.
    """

    currency: str
    phone: str
    sites: tuple[Site, ...]
    offers: tuple[Offer, ...]
    roles: tuple[Role, ...]
    staff: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, ...], ...]
    given: tuple[str, ...]
    family: tuple[str, ...]


GYM = Place(
    currency="EUR",
    phone="+49 30 23125 {:03}",
    sites=(Site("Europe/Berlin", "Kiezkraft, Weserstr. 112, Berlin"),),
    offers=(
        Offer(
            "training",
            "Personal training",
            "An hour one to one: warm-up, strength, cool-down.",
            "68.00",
            {"duration_minutes": 60, "buffer_after_minutes": 15, "slot_step_minutes": 30},
        ),
        Offer(
            "express",
            "Express session",
            "Half an hour of intervals for a lunch break.",
            "36.00",
            {"duration_minutes": 30, "buffer_after_minutes": 5, "slot_step_minutes": 15},
        ),
        Offer(
            "check",
            "Fitness check",
            "Mobility, strength and endurance measured; a plan for three months.",
            "89.00",
            {"duration_minutes": 75, "slot_step_minutes": 30, "min_notice_minutes": 12 * 60},
        ),
    ),
    roles=(
        Role(
            "Strength and conditioning",
            "Former rower who likes barbells, patience and clean technique. Beginners welcome.",
            "Trainer A licence (DOSB); Olympic lifting, level 2",
            Decimal("68.00"),
            EARLY,
            ("training", "express", "check"),
        ),
        Role(
            "Functional training",
            "Kettlebells, ropes and body weight: strong for everyday life, also after forty.",
            "Functional trainer B licence; first aid",
            Decimal("62.00"),
            OFFICE,
            ("training", "express"),
        ),
        Role(
            "Running and endurance",
            "Has paced more than thirty marathons. Plans from couch to 5k and beyond.",
            "Running coach (DLV); lactate diagnostics",
            Decimal("64.00"),
            EVENINGS,
            ("training", "check"),
        ),
        Role(
            "Yoga and mobility",
            "Slow movement for fast people: hips, backs and breathing.",
            "Yoga teacher, 500 h (AYA)",
            Decimal("58.00"),
            LATE,
            ("training", "express"),
        ),
    ),
    staff=(("Mara", "Lindner"), ("Jonas", "Weidemann"), ("Aylin", "Demir"), ("Tobias", "Krüger")),
    languages=(("de", "en"), ("de",), ("de", "tr", "en"), ("de", "en", "fr")),
    given=("Lena", "Felix", "Hannah", "Emre", "Clara", "Paul", "Nele", "Anton", "Greta", "Malik"),
    family=("Vogt", "Schäfer", "Arslan", "Brandt", "Hoffmann", "Nowak", "Richter", "Seidel"),
)

CLINIC = Place(
    currency="USD",
    phone="+1 212 555 0{:03}",
    sites=(Site("America/New_York", "Hudson Physio, 48 W 21st St, New York"),),
    offers=(
        Offer(
            "assessment",
            "Initial assessment",
            "History, examination and a treatment plan. We confirm after looking at your referral.",
            "185.00",
            {
                "duration_minutes": 60,
                "buffer_before_minutes": 5,
                "buffer_after_minutes": 15,
                "slot_step_minutes": 30,
                "requires_confirmation": True,
                "min_notice_minutes": 24 * 60,
            },
        ),
        Offer(
            "treatment",
            "Follow-up treatment",
            "Manual therapy and exercises that follow your plan.",
            "125.00",
            {"duration_minutes": 45, "buffer_after_minutes": 15, "slot_step_minutes": 15},
        ),
        Offer(
            "massage",
            "Sports massage",
            "Deep tissue work after training or competition.",
            "95.00",
            {"duration_minutes": 50, "buffer_after_minutes": 10, "slot_step_minutes": 30},
        ),
    ),
    roles=(
        Role(
            "Orthopedic physiotherapy",
            "Knees, hips and shoulders, before and after surgery. Explains every exercise.",
            "DPT; board-certified orthopedic specialist (OCS)",
            Decimal("165.00"),
            OFFICE,
            ("assessment", "treatment"),
        ),
        Role(
            "Sports physiotherapy",
            "Worked with college track teams; gets runners back on the road without short cuts.",
            "DPT; sports specialist (SCS); dry needling",
            Decimal("160.00"),
            EARLY,
            ("assessment", "treatment", "massage"),
        ),
        Role(
            "Massage therapy",
            "Firm hands, quiet room. Necks and lower backs of people who sit all day.",
            "LMT, State of New York",
            Decimal("110.00"),
            EVENINGS,
            ("massage",),
        ),
        Role(
            "Pelvic health",
            "Unhurried care during and after pregnancy.",
            "DPT; women's health specialist (WCS)",
            Decimal("170.00"),
            OFFICE,
            ("assessment", "treatment"),
        ),
    ),
    staff=(("Rachel", "Goldberg"), ("Marcus", "Bell"), ("Camila", "Ortiz"), ("Priya", "Raman")),
    languages=(("en",), ("en", "fr"), ("es", "en"), ("en", "ta")),
    given=("Olivia", "Noah", "Sofia", "James", "Mei", "Andre", "Grace", "Luis", "Hana", "Dylan"),
    family=("Parker", "Nguyen", "Rossi", "Coleman", "Rivera", "Kim", "O'Brien", "Hayes"),
)

SCHOOL = Place(
    currency="EUR",
    phone="+44 20 7946 0{:03}",
    sites=(
        Site("Asia/Kathmandu", "Lingua Himalaya, Patan, online"),
        Site("Europe/Lisbon", "Lingua Himalaya, Alfama, Lisbon"),
    ),
    offers=(
        Offer(
            "trial",
            "Trial lesson",
            "Half an hour to find your level and see whether we fit.",
            "10.00",
            {"duration_minutes": 30, "slot_step_minutes": 30, "min_notice_minutes": 120},
        ),
        Offer(
            "lesson",
            "Conversation lesson",
            "Talk, be corrected kindly, take notes home.",
            "32.00",
            {"duration_minutes": 50, "buffer_after_minutes": 10, "slot_step_minutes": 60},
        ),
        Offer(
            "exam",
            "Exam preparation",
            "Mock papers and feedback for CAPLE, DELE or IELTS.",
            "54.00",
            {"duration_minutes": 90, "buffer_after_minutes": 10, "max_advance_days": 60},
        ),
    ),
    roles=(
        Role(
            "Nepali and English",
            "Teaches trekkers their first fifty sentences and diplomats their next five hundred.",
            "MA in linguistics (Tribhuvan University); CELTA",
            Decimal("24.00"),
            EARLY,
            ("trial", "lesson", "exam"),
        ),
        Role(
            "Portuguese",
            "Grew up in Porto, lives by the Tagus. Lessons with newspapers, songs and recipes.",
            "CAPLE examiner; BA in Portuguese studies",
            Decimal("32.00"),
            LATE,
            ("trial", "lesson", "exam"),
        ),
        Role(
            "English and Hindi",
            "Patient with grammar, impatient with fear of speaking.",
            "CELTA; IELTS examiner until 2023",
            Decimal("26.00"),
            OFFICE,
            ("trial", "lesson", "exam"),
        ),
        Role(
            "Spanish",
            "From Sevilla. Works evenings, when learners have time.",
            "ELE (Instituto Cervantes); DELE examiner",
            Decimal("30.00"),
            EVENINGS,
            ("trial", "lesson"),
        ),
    ),
    staff=(("Sunita", "Gurung"), ("Inês", "Carvalho"), ("Bikash", "Shrestha"), ("Lucía", "Moreno")),
    languages=(("ne", "en"), ("pt", "en"), ("ne", "hi", "en"), ("es", "pt", "en")),
    given=("Maja", "Oliver", "Yuki", "Pieter", "Chloé", "Stefan", "Asha", "Erik", "Ana", "Tom"),
    family=("Larsen", "Tanaka", "de Vries", "Martin", "Novák", "Silva", "Thapa", "Walsh"),
)

PLACES = (GYM, CLINIC, SCHOOL)

DAY_OFF_REASONS = ("Vacation", "Conference", "Training course", "Family day")
NOTES = (
    "First time here.",
    "Please have the wheelchair ramp ready.",
    "Coming straight from work.",
    "I may be five minutes late.",
    "Prefers to be called before any change.",
)
CLIENT_REASONS = (
    "Caught a cold",
    "Business trip",
    "",
    "Found another time",
    "Childcare fell through",
)
STAFF_REASONS = ("Specialist is ill", "Room not available", "Client called: family emergency")
