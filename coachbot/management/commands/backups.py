from django.core.management import BaseCommand

from coachbot.backups import work
from coachbot.management.backups import failures_in_words, size, table


class Command(BaseCommand):
    help = "List the backups at BACKUP_URL, oldest first. What else lies there is not shown."
    requires_system_checks = ()

    def handle(self, **options):
        with failures_in_words():
            place = work.place()
            stored = place.list()
        if not stored:
            self.stdout.write(f"No backups at {place.url} yet: `manage.py backup` makes one.")
            return
        lines = [
            (each.name, f"{each.made_at:%Y-%m-%d %H:%M:%S}", size(each.size), _sealed(each))
            for each in stored
        ]
        self.stdout.write(table([("Name", "Made at (UTC)", "Size", "Encrypted"), *lines]))
        total = size(sum(each.size for each in stored))
        self.stdout.write(f"{len(stored)} at {place.url}, {total}.")


def _sealed(stored):
    return "yes" if stored.is_encrypted else "no"
