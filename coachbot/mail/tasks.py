from datetime import timedelta

from django.utils import timezone

from coachbot.jobs.tasks import job
from coachbot.mail import sending
from coachbot.mail.models import Mail, MailStatus

# Over a day: mail servers are mended overnight.
PAUSES = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=14),
)
KEPT = timedelta(days=90)


@job(pauses=PAUSES)
def send(mail: str) -> None:
    sending.send(mail, timezone.now())


@job()
def forget_old_mail() -> None:
    """Also what could not be sent: its task is forgotten by then."""
    before = timezone.now() - KEPT
    Mail.objects.filter(status=MailStatus.SENT, sent_at__lt=before).delete()
    Mail.objects.exclude(status=MailStatus.SENT).filter(updated_at__lt=before).delete()
