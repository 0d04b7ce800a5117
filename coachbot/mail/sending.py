"""Sending one mail: at least once, and at most once more.

A server may take a message and be cut off before it says so. Then nobody can know: it is sent
once more, under the same Message-ID, and never a third time.
"""

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from coachbot.jobs.errors import GiveUp
from coachbot.mail import envelopes
from coachbot.mail.models import Mail, MailStatus

# Whoever began to send has finished by then, or was lost: a server that is slow has EMAIL_TIMEOUT
# for each of a dozen answers.
PATIENCE = timedelta(minutes=2)
BUSY = 503


class NotSent(Exception):
    """It says why, and not to whom: staff read it in the list of tasks."""


def send(key: UUID | str, now: datetime) -> None:
    """Send what is stored under `key`, unless it is sent, or taken away. Raises NotSent, or GiveUp
    for what would fail the same way each time."""
    mail, doubts = _claim(key, now)
    if doubts:
        raise GiveUp("Twice nobody could tell whether it arrived: it is not sent a third time.")
    if mail is None:
        return
    _transmit(mail, _written(mail))
    Mail.objects.filter(pk=mail.pk).update(
        status=MailStatus.SENT, sent_at=timezone.now(), content="", updated_at=timezone.now()
    )


def _claim(key: UUID | str, now: datetime) -> tuple[Mail | None, bool]:
    """The mail, if it is to be sent now; and whether that was in doubt twice."""
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(pk=key).first()
        if mail is None or mail.status == MailStatus.SENT:
            return None, False
        if mail.status == MailStatus.SENDING:
            if mail.tried_at and mail.tried_at > now - PATIENCE:
                raise NotSent("Somebody else is sending it, or was lost: this waits for them.")
            if mail.was_cut_off:
                # Should staff have it tried again, it begins anew.
                _put_back(mail, was_cut_off=False)
                return None, True
            mail.was_cut_off = True
        mail.status, mail.tried_at = MailStatus.SENDING, now
        mail.save(update_fields=["status", "tried_at", "was_cut_off", "updated_at"])
        return mail, False


def _written(mail: Mail) -> EmailMultiAlternatives:
    """Raises GiveUp, and leaves the mail as waiting, for what can never be written down."""
    try:
        message = envelopes.open_sealed(mail.content)
        message.extra_headers.setdefault("Message-ID", f"<{mail.pk}@{_domain(message)}>")
        message.message()
    except InvalidToken:
        _put_back(mail)
        raise GiveUp("It is sealed with a SECRET_KEY that is gone.") from None
    except ValueError as failure:
        _put_back(mail)
        raise GiveUp(f"It cannot be written down: {type(failure).__name__}.") from None
    return message


def _transmit(mail: Mail, message: EmailMultiAlternatives) -> None:
    """Raises NotSent or GiveUp for what the server did not take, and leaves the mail as being sent
    if it did not say."""
    connection = get_connection()
    try:
        connection.open()
    except Exception as failure:
        _put_back(mail)
        raise NotSent(f"The mail server does not answer: {type(failure).__name__}.") from None
    try:
        connection.send_messages([message])
    except (SMTPRecipientsRefused, SMTPResponseException) as refusal:
        _put_back(mail)
        code = _code(refusal)
        said = f"The mail server refused it with {code}."
        raise (GiveUp if 500 <= code < 600 else NotSent)(said) from None
    except Exception as failure:
        # A service that sends mail (Anymail): what it said it did not take was not sent.
        status = getattr(failure, "status_code", None)
        if status is not None and (status < 500 or status == BUSY):
            _put_back(mail)
            raise NotSent(f"The mail service refused it with {status}.") from None
        raise NotSent(f"Cut off while it was sent: {type(failure).__name__}.") from None
    finally:
        connection.close()


def _code(refusal: SMTPRecipientsRefused | SMTPResponseException) -> int:
    if isinstance(refusal, SMTPRecipientsRefused):
        return max(code for code, _ in refusal.recipients.values())
    return refusal.smtp_code


def _put_back(mail: Mail, **more: bool) -> None:
    Mail.objects.filter(pk=mail.pk).update(status=MailStatus.WAITING, **more)


def _domain(message: EmailMultiAlternatives) -> str:
    return message.from_email.rpartition("@")[2].rstrip("> ") or "coachbot"
