"""Specialists as a table."""

import re

from audit import services as audit
from coachbot.sheets.cells import in_utc
from coachbot.sheets.drafts import Draft
from coachbot.sheets.importing import ImportSheet, each_on_its_own
from scheduling import services
from scheduling.models import Specialist
from scheduling.serializers import SpecialistSerializer


def languages(text: str) -> list[str]:
    return re.split(r"[\s,;]+", text.strip())


class SpecialistSheet(ImportSheet):
    """Names are not unique, so a row without an id is somebody new; unless somebody of the same
    name and email address is here, who would then be here twice. Accounts are linked in the back
    office only: a link gives powers."""

    name = "specialists"
    model = Specialist
    columns = {
        "id": lambda row: str(row.pk),
        "name": lambda row: row.name,
        "specialization": lambda row: row.specialization,
        "languages": lambda row: row.languages,
        "location": lambda row: row.location,
        "email": lambda row: row.email,
        "phone": lambda row: row.phone,
        "hourly_rate": lambda row: row.hourly_rate,
        "currency": lambda row: row.currency,
        "time_zone": lambda row: str(row.time_zone),
        "default_duration_minutes": lambda row: row.default_duration_minutes,
        "is_active": lambda row: row.is_active,
        "bio": lambda row: row.bio,
        "certifications": lambda row: row.certifications,
        "account": lambda row: row.user and row.user.username,
        "rating_average": lambda row: row.rating_average,
        "rating_count": lambda row: row.rating_count,
        "created_at_utc": lambda row: in_utc(row.created_at),
        "updated_at_utc": lambda row: in_utc(row.updated_at),
    }
    given = (
        "name",
        "specialization",
        "languages",
        "location",
        "email",
        "phone",
        "hourly_rate",
        "currency",
        "time_zone",
        "default_duration_minutes",
        "is_active",
        "bio",
        "certifications",
    )
    serializer_class = SpecialistSerializer
    spelling = {"languages": languages, "currency": str.upper}

    def prepared(self, rows):
        return rows.select_related("user").defer("user__password")

    def match(self, drafts):
        """Somebody new must not be somebody who is here."""
        new = [draft for draft in drafts if draft.row is None]
        names = {draft.fields["name"] for draft in new}
        here = {
            _person(name, email): pk
            for pk, name, email in self.known()
            .filter(name__in=names)
            .values_list("pk", "name", "email")
        }
        for draft in new:
            person = _person(draft.fields["name"], draft.fields.get("email", ""))
            if person in here:
                draft.refuse("id", f"They are here already: to change them, give {here[person]}.")

    def identity(self, draft):
        return _person(draft.wanted.name, draft.wanted.email)

    def write(self, drafts, now):
        with audit.together():
            each_on_its_own(drafts, lambda draft: self._write(draft, now))

    def _write(self, draft: Draft, now) -> Specialist:
        if draft.row is None:
            return services.create_specialist(fields=draft.fields)
        change = services.ChangeSpecialist(specialist=draft.row, fields=draft.fields)
        services.make_unless_hit(change, now=now)
        return Specialist.objects.get(pk=draft.row.pk)


def _person(name: str, email: str) -> tuple[str, str]:
    return name.casefold(), email.casefold()
