from django.core.management import BaseCommand
from django.utils import timezone

from coachbot.idempotency import IdempotencyKey


class Command(BaseCommand):
    help = (
        "Delete the idempotency keys that have expired, with the answers kept under them. "
        "`worker` does so once a day; repeating it is safe."
    )

    def handle(self, **options):
        purged = IdempotencyKey.objects.purge(timezone.now())
        self.stdout.write(f"Purged {purged} idempotency key(s).")
