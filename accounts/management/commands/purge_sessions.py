from django.core.management import BaseCommand
from django.utils import timezone

from accounts.housekeeping import KEPT_DAYS, purge_sessions


class Command(BaseCommand):
    help = (
        "Delete the sessions that ended or expired long ago: until then they show from where "
        "somebody was signed in. `worker` does so once a day; repeating it is safe."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--days",
            type=int,
            default=KEPT_DAYS,
            help=f"How long dead sessions are kept ({KEPT_DAYS}).",
        )

    def handle(self, **options):
        purged = purge_sessions(timezone.now(), days=options["days"])
        self.stdout.write(f"Purged {purged} session(s).")
