"""The one way to write an entry."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from audit.models import AdminLog, AuditHead
from audit.origin import SYSTEM, current

MASK = "***"
# Every change sets them, and they say nothing.
NOISE = frozenset({"updated_at", "last_login"})

BATCH = 500

Changes = Mapping[str, list[Any]]

_waiting: ContextVar[list[AdminLog] | None] = ContextVar("waiting", default=None)


def record(
    action: str,
    target: models.Model,
    *,
    changes: Changes | None = None,
    reason: str = "",
    actor: Any = None,
) -> AdminLog:
    """Write that `action` was done to `target`, in the transaction of the change itself.

    Who did it is `actor`, or else whoever sent the request. Call it last: writers queue up on the
    head from here to the end of their transaction.
    """
    origin = current()
    actor = actor or origin.actor
    entry = AdminLog(
        created_at=timezone.now().astimezone(UTC),
        actor_id=actor.pk if actor else None,
        actor=str(actor or SYSTEM)[:200],
        action=action,
        resource_type=target._meta.label_lower,
        resource_id=str(target.pk),
        resource=_clean(str(target))[:200],
        changes=_plain(changes or {}),
        reason=reason[:500],
        ip_address=origin.ip_address[:45],
        user_agent=_clean(origin.user_agent),
        request_id=origin.request_id,
    )
    waiting = _waiting.get()
    if waiting is None:
        _append([entry])
    else:
        waiting.append(entry)
    return entry


@contextmanager
def together() -> Iterator[None]:
    """Write the entries of all that is done inside at its end, in a few statements: of thousands
    of changes, the first would otherwise make all other writers wait for the last."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[AdminLog] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    _append(waiting)


def record_change(
    action: str, before: models.Model, after: models.Model, *, reason: str = "", actor: Any = None
) -> None:
    """As `record`, with the difference of two states of one row; nothing if there is none."""
    if changes := difference(before, after):
        record(action, after, changes=changes, reason=reason, actor=actor)


def difference(before: models.Model | None, after: models.Model | None) -> Changes:
    """Field: [old, new] of the columns in which two states of a row differ; secrets are masked.
    None stands for a row that is not there."""
    row = after if after is not None else before
    if row is None:
        return {}
    columns = [field for field in row._meta.concrete_fields if field.name not in NOISE]
    secret: Any = getattr(row, "secret_fields", frozenset())
    found = {}
    for field in columns:
        old, new = (_value(state, field) for state in (before, after))
        if old != new:
            hidden = field.name in secret
            found[field.name] = [MASK if hidden and each else each for each in (old, new)]
    return found


def _value(state: models.Model | None, field: Any) -> Any:
    value = None if state is None else getattr(state, field.attname)
    return _plain({"": value})[""]


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON will give it back."""
    plain: dict[str, Any] = json.loads(_clean(json.dumps(changes, cls=_Encoder)))
    return plain


def _clean(text: str) -> str:
    """PostgreSQL stores no NUL."""
    return text.replace("\\u0000", "").replace("\x00", "")


def _append(entries: list[AdminLog]) -> None:
    if not entries:
        return
    with transaction.atomic():
        head = _lock_head()
        for entry in entries:
            entry.sequence, entry.previous_seal = head.sequence + 1, head.seal
            entry.seal = entry.make_seal()
            head.sequence, head.seal = entry.sequence, entry.seal
        AdminLog.objects.bulk_create(entries, batch_size=BATCH)
        AuditHead.objects.filter(pk=head.pk).update(sequence=head.sequence, seal=head.seal)


def _lock_head() -> AuditHead:
    heads = AuditHead.objects.select_for_update()
    if head := heads.filter(pk=AuditHead.ONLY).first():
        return head
    newest = AdminLog.objects.first()
    known = {"sequence": newest.sequence, "seal": newest.seal} if newest else {}
    head, _ = heads.get_or_create(pk=AuditHead.ONLY, defaults=known)
    return head


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)
