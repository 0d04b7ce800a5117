"""All that can be asked for by name, as the tables have it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from coachbot.chat.dialog import Catalogue, Name
from coachbot.chat.dialog import Wish as Asked
from scheduling.models import Service, Specialist

# Long texts that no answer needs.
TEXTS = ("bio", "certifications")


@dataclass(frozen=True)
class Shelf:
    """Services and specialists who can be booked, by their keys in the dialog."""

    services: Mapping[str, Service]
    specialists: Mapping[str, Specialist]

    @classmethod
    def read(cls) -> Self:
        services = Service.objects.active().defer("description")
        specialists = Specialist.objects.active().defer(*TEXTS)
        return cls(
            {str(service.pk): service for service in services},
            {str(person.pk): person for person in specialists},
        )

    def catalogue(self) -> Catalogue:
        """The names alone, for the dialog."""
        subjects = sorted({each.specialization for each in self.specialists.values()} - {""})
        return Catalogue(
            services=tuple(Name(key, each.name) for key, each in self.services.items()),
            specialists=tuple(Name(key, each.name) for key, each in self.specialists.items()),
            specializations=tuple(Name(subject, subject) for subject in subjects),
        )

    def name(self, key: str) -> str:
        """What is called `key` in the dialog."""
        found = self.services.get(key) or self.specialists.get(key)
        return found.name if found else key

    def people_for(self, asked: Asked) -> list[Specialist]:
        """Whom `asked` names, or who does what it names; everybody if it names nobody."""
        if asked.specialist is not None:
            named = self.specialists.get(asked.specialist)
            return [named] if named else []
        people = self.specialists.values()
        if asked.specialization is None:
            return list(people)
        return [each for each in people if each.specialization == asked.specialization]
