from django.core.management import BaseCommand, CommandError

from coachbot.webhooks.services import reseal


class Command(BaseCommand):
    help = (
        "Seal the secrets of webhooks with the SECRET_KEY of today: before an old one leaves "
        "SECRET_KEY_FALLBACKS. Repeating it is safe."
    )

    def handle(self, **options):
        rows, lost = reseal()
        self.stdout.write(f"Resealed the secrets of {rows - lost} endpoint(s).")
        if lost:
            raise CommandError(
                f"No known key opens the secrets of {lost} endpoint(s): make new ones in the "
                "back office."
            )
