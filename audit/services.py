"""The one way to write an entry."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC
from typing import Any, NamedTuple
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from audit.models import AdminLog, AuditHead, PersonKey
from audit.origin import SYSTEM, current
from audit.personal import NAME, REASON, seal

MASK = "***"
# Every change sets them, and they say nothing.
NOISE = frozenset({"updated_at", "last_login"})

BATCH = 500

Changes = Mapping[str, list[Any]]


class _Draft(NamedTuple):
    """An entry that is not written yet, and what of it is to be sealed for its person."""

    entry: AdminLog
    personal: frozenset[str]


_waiting: ContextVar[list[_Draft] | None] = ContextVar("waiting", default=None)


def record(
    action: str,
    target: models.Model | type[models.Model],
    *,
    changes: Changes | None = None,
    reason: str = "",
    actor: Any = None,
) -> AdminLog:
    """Write that `action` was done to `target`, a row or a whole table, in the transaction of the
    change itself.

    Who did it is `actor`, or else whoever sent the request. Call it last: writers queue up on the
    head from here to the end of their transaction.
    """
    origin = current()
    actor = actor or origin.actor
    resource_id, resource = _named(target)
    personal = _personal(target, [*(changes or {}), *([REASON] if reason else [])])
    entry = AdminLog(
        created_at=timezone.now().astimezone(UTC),
        actor_id=actor.pk if actor else None,
        actor=str(actor or SYSTEM)[:200],
        action=action,
        resource_type=target._meta.label_lower,
        resource_id=resource_id,
        resource=_clean(resource)[:200],
        changes=_plain(changes or {}),
        person_id=getattr(target, "person_id", None) if personal else None,
        reason=reason[:500],
        ip_address=origin.ip_address[:45],
        user_agent=_clean(origin.user_agent),
        request_id=origin.request_id,
    )
    draft, waiting = _Draft(entry, personal), _waiting.get()
    if waiting is None:
        _append([draft])
    else:
        waiting.append(draft)
    return entry


@contextmanager
def together() -> Iterator[None]:
    """Write the entries of all that is done inside at its end, in a few statements: of thousands
    of changes, the first would otherwise make all other writers wait for the last."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[_Draft] = []
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


def record_export(model: type[models.Model], *, rows: int, **told: Any) -> None:
    """Write that somebody takes `rows` rows away. Call it before the first goes out."""
    _record_told(f"{model._meta.model_name}.exported", model, {"rows": rows, **told})


def record_import(model: type[models.Model], *, file: str, counts: Mapping[str, int]) -> None:
    """Write that a file was brought in, whose rows leave their own entries."""
    _record_told(f"{model._meta.model_name}.imported", model, {"file": file, **counts})


def _record_told(action: str, model: type[models.Model], told: Mapping[str, Any]) -> None:
    record(
        action,
        model,
        changes={name: [None, value] for name, value in told.items() if value not in (None, {})},
    )


def forget(person_id: UUID) -> None:
    """Nobody reads any more what entries say of that person. The entries stay.

    Call it last: it waits for all who write entries, so none of them brings the key back.
    """
    with transaction.atomic():
        _lock_head()
        PersonKey.objects.filter(pk=person_id).delete()


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


def _named(target: models.Model | type[models.Model]) -> tuple[str, str]:
    """The key of a row and what it is called; a table has no key."""
    if isinstance(target, type):
        return "", str(target._meta.verbose_name_plural)
    return str(target.pk), str(target)


def _personal(target: models.Model | type[models.Model], told: Collection[str]) -> frozenset[str]:
    """What of the fields that are `told` of `target`, and of its name, is about a person."""
    if isinstance(target, type) or getattr(target, "person_id", None) is None:
        return frozenset()
    fields: frozenset[str] = getattr(target, "personal_fields", frozenset())
    return fields & {NAME, *told}


def _append(drafts: list[_Draft]) -> None:
    if not drafts:
        return
    entries = [draft.entry for draft in drafts]
    with transaction.atomic():
        head = _lock_head()
        _seal_personal(drafts)
        for entry in entries:
            entry.sequence, entry.previous_seal = head.sequence + 1, head.seal
            entry.seal = entry.make_seal()
            head.sequence, head.seal = entry.sequence, entry.seal
        AdminLog.objects.bulk_create(entries, batch_size=BATCH)
        AuditHead.objects.filter(pk=head.pk).update(sequence=head.sequence, seal=head.seal)


def _seal_personal(drafts: list[_Draft]) -> None:
    people = {draft.entry.person_id for draft in drafts if draft.entry.person_id is not None}
    keys = _keys_of(people) if people else {}
    for entry, personal in drafts:
        if entry.person_id is None:
            continue
        key = keys[entry.person_id].key
        if NAME in personal:
            entry.changes[NAME], entry.resource = [None, entry.resource], ""
        if REASON in personal:
            entry.changes[REASON], entry.reason = [None, entry.reason], ""
        for name in personal:
            entry.changes[name] = [seal(each, key) for each in entry.changes[name]]


def _keys_of(people: set[UUID]) -> dict[UUID, PersonKey]:
    """Those who have none get one: whoever makes keys has the head, so nobody else does."""
    keys = PersonKey.objects.in_bulk(people)
    new = PersonKey.objects.bulk_create([PersonKey(pk=each) for each in people - keys.keys()])
    return {**keys, **{each.pk: each for each in new}}


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
