from django.core.management import BaseCommand, CommandError

from accounts.mfa import reseal


class Command(BaseCommand):
    help = (
        "Seal second factors with the SECRET_KEY of today: before an old one leaves "
        "SECRET_KEY_FALLBACKS. Repeating it is safe."
    )

    def handle(self, **options):
        rows, lost = reseal()
        self.stdout.write(f"Resealed {rows - lost} second factor(s).")
        if lost:
            raise CommandError(f"No known key opens {lost} second factor(s).")
