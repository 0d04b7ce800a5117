"""Which mails there are, to whom they go, and what their words may name."""

from django.db import models

ALWAYS = (
    *("client_name", "specialist_name", "service", "starts", "when", "location", "reference"),
    *("site_name", "details", "link"),
)


class Kind(models.TextChoices):
    CLIENT_BOOKED = "client_booked", "Client: booked"
    CLIENT_REQUESTED = "client_requested", "Client: waits for confirmation"
    CLIENT_CONFIRMED = "client_confirmed", "Client: confirmed"
    CLIENT_MOVED = "client_moved", "Client: moved"
    CLIENT_HANDED_OVER = "client_handed_over", "Client: another specialist"
    CLIENT_CANCELLED = "client_cancelled", "Client: cancelled"
    CLIENT_REMINDER = "client_reminder", "Client: reminder"
    CLIENT_FEEDBACK = "client_feedback", "Client: invitation to give feedback"
    CLIENT_OFFER = "client_offer", "Client: offer to who waits"
    SPECIALIST_BOOKED = "specialist_booked", "Specialist: booked"
    SPECIALIST_REQUESTED = "specialist_requested", "Specialist: to be confirmed"
    SPECIALIST_CONFIRMED = "specialist_confirmed", "Specialist: confirmed"
    SPECIALIST_MOVED = "specialist_moved", "Specialist: moved"
    SPECIALIST_ASSIGNED = "specialist_assigned", "Specialist: taken over from somebody"
    SPECIALIST_RELEASED = "specialist_released", "Specialist: handed over to somebody"
    SPECIALIST_CANCELLED = "specialist_cancelled", "Specialist: cancelled"

    @property
    def is_for_client(self) -> bool:
        return self.value.startswith("client_")

    @property
    def placeholders(self) -> tuple[str, ...]:
        return (*ALWAYS, *OWN.get(self, ()))


OWN: dict[Kind, tuple[str, ...]] = {
    Kind.CLIENT_MOVED: ("old_when", "reason"),
    Kind.SPECIALIST_MOVED: ("old_when", "reason"),
    Kind.CLIENT_HANDED_OVER: ("former_specialist_name", "reason"),
    Kind.SPECIALIST_ASSIGNED: ("former_specialist_name", "reason"),
    Kind.SPECIALIST_RELEASED: ("former_specialist_name", "reason"),
    Kind.CLIENT_CANCELLED: ("reason",),
    Kind.CLIENT_OFFER: ("until",),
    Kind.SPECIALIST_CANCELLED: ("reason",),
}
