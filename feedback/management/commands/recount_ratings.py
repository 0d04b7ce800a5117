"""`manage.py recount_ratings`: the figures of specialists, counted anew."""

from django.core.management import BaseCommand

from feedback.services import recount_ratings


class Command(BaseCommand):
    help = (
        "Count the visible feedback of every specialist anew, and put right what differs: the "
        "database counts by itself, but not while its triggers were off, as in a restore. "
        "Repeating it is safe, also while the site serves."
    )

    def handle(self, **options):
        number = 0
        for specialist, before in recount_ratings():
            number += 1
            self.stdout.write(
                f"{specialist}: {specialist.rating_sum} from {specialist.rating_count}, "
                f"was {before.rating_sum} from {before.rating_count}."
            )
        self.stdout.write(f"{number} rating{'' if number == 1 else 's'} put right.")
