from django.core.management import BaseCommand

from coachbot import rates


class Command(BaseCommand):
    help = (
        "Delete the counts of requests and sign-ins whose time is over. `worker` does so "
        "once a day; repeating it is safe."
    )

    def handle(self, **options):
        self.stdout.write(f"Purged {rates.purge()} count(s).")
