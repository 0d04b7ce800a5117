"""The header Idempotency-Key: a POST that is repeated is done once and answered alike.

As in draft-ietf-httpapi-idempotency-key-header-06. The key is written in the transaction of the
work: a process that dies in the middle leaves neither, so the retry does the work.
"""

import hashlib
import json
import re
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from coachbot.api.addresses import client_address
from coachbot.api.requests import signed_in
from coachbot.db.faults import retrying
from coachbot.errors import Conflict
from coachbot.idempotency import Answer, IdempotencyKey, Unreadable, hash_key

HEADER = "Idempotency-Key"
# A key as it is, or as a string of RFC 9651 (structured fields), in which \ escapes \ and ".
BARE = re.compile(r'(?!")[ -~]{1,255}')
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
# What else proves who asks: with another of these, a request is not the same one.
CREDENTIALS = ("X-Manage-Token",)
# How long a repetition waits for the first request before it is told to come back.
WAIT_MS = 500
LOCK_NOT_AVAILABLE = "55P03"

PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description=(
        "A new random value for each thing to be done, such as a UUID. Repeated with the same "
        "body, the request gets the first answer again, with `Idempotent-Replayed: true`."
    ),
)


class InvalidKey(ValidationError):
    default_code = "invalid_idempotency_key"
    default_detail = f"{HEADER}: give 1 to 255 printable ASCII characters."


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = f"This {HEADER} came with another request before: take a new one."


class InFlight(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_in_flight"
    default_detail = f"The first request with this {HEADER} is still running."
    wait = 1


class Question(NamedTuple):
    """A request, as far as two of them can be the same."""

    owner: str
    key: str
    fingerprint: str


class IdempotentPostsMixin:
    """A viewset whose POSTs take the header Idempotency-Key. It stands first among the bases,
    so that a request is known to be allowed before its key counts."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        header = request.headers.get(HEADER)
        if header is not None and request.method == "POST" and self.action:
            self.post = partial(self._answer_once, read_key(header), self.post)

    @retrying
    def _answer_once(self, key, work, request, *args, **kwargs):
        question = Question(owner_of(request), key, fingerprint_of(request))
        with transaction.atomic():
            row, is_new = _claim(question, timezone.now())
            if not is_new:
                return _replay(row, question)
            response = self._do(partial(work, request, *args, **kwargs))
            _keep(row, response, key)
        return response

    def _do(self, work):
        """The answer to `work`. What a refusal leaves behind is undone, unlike its key."""
        try:
            with transaction.atomic():
                return work()
        except Conflict as refusal:
            return self.handle_exception(refusal)


def read_key(header):
    """The key that the header holds. Raises InvalidKey."""
    text = header.strip(" \t")
    if quoted := QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", quoted.group(1))
    elif not BARE.fullmatch(text):
        raise InvalidKey
    if len(text) > 255:
        raise InvalidKey
    return text


def owner_of(request):
    """Whose key it is: nobody else ever meets it."""
    user = signed_in(request)
    return f"user:{user.pk}" if user else f"guest:{client_address(request)}"


def fingerprint_of(request):
    """SHA-256 of what is asked for. The order and the spacing of the JSON do not matter."""
    credentials = [request.headers.get(name) for name in CREDENTIALS]
    asked = [request.method, request.path, credentials, request.data]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _claim(question, now):
    """The row of this question, and whether it is new. Raises InFlight while the first runs."""
    try:
        with _waiting_briefly():
            IdempotencyKey.objects.of(question.owner, question.key).expired(now).delete()
            return IdempotencyKey.objects.get_or_create(
                owner=question.owner,
                key_hash=hash_key(question.key),
                defaults={
                    "fingerprint": question.fingerprint,
                    "expires_at": now + timedelta(hours=settings.IDEMPOTENCY_KEY_HOURS),
                },
            )
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise InFlight from None
        raise


@contextmanager
def _waiting_briefly():
    """On PostgreSQL, give up on a lock after WAIT_MS. SQLite queues up whole transactions."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_MS}ms"])
        yield
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _replay(row, question):
    if row.fingerprint != question.fingerprint:
        raise KeyReused
    try:
        answer = row.open(question.key)
    except Unreadable:
        raise KeyReused("The answer to this request can no longer be read.") from None
    headers = {**answer.headers, "Idempotent-Replayed": "true"}
    return Response(answer.body, status=answer.status, headers=headers)


def _keep(row, response, key):
    """Store a success or a refusal with its key. Any other answer leaves the key unused."""
    if not (status.is_success(response.status_code) or response.status_code == 409):
        row.delete()
        return
    body = json.loads(JSONRenderer().render(response.data) or "null")
    row.seal(Answer(response.status_code, dict(response.headers), body), key)
    row.save(update_fields=["sealed_answer"])
