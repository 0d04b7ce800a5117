"""The trail of what staff, specialists and the system did. Nobody changes it, nobody takes from it.

Each entry is sealed together with the seal of the one before it (an HMAC chain), so whoever alters,
removes or inserts one past the triggers breaks the chain there. The head is also kept apart, so
that a cut end shows; who can write both is found by an anchor that was kept outside.
"""

import json
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac

from audit.personal import NAME, REASON, make_key, unseal
from coachbot.models import UUIDModel

SALT = "audit"
FIRST = ""


class PersonKey(models.Model):
    """What opens that which entries say of one person. Without it they are forgotten there."""

    id = models.UUIDField(primary_key=True, editable=False)
    key = models.CharField(max_length=44, default=make_key, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class AdminLog(UUIDModel):
    """One entry. Who did it and to what are copies: nothing that goes takes an entry along.

    Only `audit.services.record` writes it; triggers refuse every change.
    """

    sequence = models.PositiveBigIntegerField(unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    actor_id = models.UUIDField(null=True, editable=False)
    actor = models.CharField(max_length=200, editable=False)
    action = models.CharField(max_length=60, editable=False)
    resource_type = models.CharField(max_length=60, editable=False)
    resource_id = models.CharField(max_length=64, editable=False)
    resource = models.CharField(max_length=200, editable=False)
    changes = models.JSONField(default=dict, editable=False, help_text="Field: [old, new].")
    # Whose key seals what is personal here; the key may be gone.
    person = models.ForeignKey(
        PersonKey,
        models.DO_NOTHING,
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    reason = models.CharField(max_length=500, blank=True, editable=False)
    ip_address = models.CharField("address", max_length=45, blank=True, editable=False)
    user_agent = models.CharField("device", max_length=300, blank=True, editable=False)
    request_id = models.CharField(max_length=36, blank=True, editable=False)
    previous_seal = models.CharField(max_length=64, blank=True, editable=False)
    seal = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["-sequence"]
        verbose_name = "log entry"
        verbose_name_plural = "log entries"
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["created_at"], name="audit_created"),
            models.Index(fields=["actor_id", "-sequence"], name="audit_actor"),
            models.Index(
                fields=["resource_type", "resource_id", "-sequence"], name="audit_resource"
            ),
            models.Index(fields=["action", "-sequence"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.readable_resource}"

    @property
    def readable_resource(self) -> str:
        """What it was done to. Who is called after a person has the name sealed, so elsewhere."""
        _, sealed = self.changes.get(NAME, (None, self.resource))
        return str(self._opened(sealed))

    @property
    def readable_reason(self) -> str:
        """Why. A reason may speak of the person, and is then sealed elsewhere, too."""
        _, sealed = self.changes.get(REASON, (None, self.reason))
        return str(self._opened(sealed))

    @property
    def readable_changes(self) -> dict[str, list[Any]]:
        """What changed. What was sealed for a person who is erased since is `(erased)`."""
        return {
            name: [self._opened(each) for each in pair]
            for name, pair in self.changes.items()
            if name not in (NAME, REASON)
        }

    def _opened(self, value: Any) -> Any:
        return value if self.person_id is None else unseal(value, self._key)

    @cached_property
    def _key(self) -> str | None:
        try:
            return self.person.key if self.person else None
        except PersonKey.DoesNotExist:
            return None

    def sealed_text(self) -> str:
        """All of the entry but its seal, the same on both engines."""
        values = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.attname != "seal"
        }
        if self.person_id is None:
            # The first entries were sealed without the column.
            del values["person_id"]
        return json.dumps(values, cls=SealEncoder, sort_keys=True, ensure_ascii=False)

    def make_seal(self) -> str:
        return _seal(self.sealed_text(), settings.AUDIT_KEYS[0])

    def has_its_seal(self) -> bool:
        """Whether it is as it was when it was written, with one of the keys since then."""
        text = self.sealed_text()
        return any(
            constant_time_compare(self.seal, _seal(text, key)) for key in settings.AUDIT_KEYS
        )


class AuditHead(models.Model):
    """The newest entry's number and seal, in the one row that all writers queue up on."""

    ONLY = 1

    sequence = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_one_head")]

    def __str__(self) -> str:
        return f"{self.sequence}:{self.seal}"


class SealEncoder(DjangoJSONEncoder):
    """Instants with all their digits: Django's own stops at milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _seal(text: str, key: str) -> str:
    return salted_hmac(SALT, text, secret=key, algorithm="sha256").hexdigest()
