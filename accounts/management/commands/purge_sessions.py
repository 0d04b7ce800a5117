from datetime import timedelta

from django.core.management import BaseCommand
from django.utils import timezone

from accounts.models import UserSession


class Command(BaseCommand):
    help = (
        "Delete the sessions that ended or expired long ago: until then they show from where "
        "somebody was signed in. For cron, once a day; repeating it is safe."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--days", type=int, default=90, help="How long dead sessions are kept (90)."
        )

    def handle(self, **options):
        dead = UserSession.objects.dead_since(timezone.now() - timedelta(days=options["days"]))
        self.stdout.write(f"Purged {dead.delete()[0]} session(s).")
