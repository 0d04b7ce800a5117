"""`manage.py telegram`: the bot in Telegram, set up and looked after."""

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from coachbot.chat.management.commands.chat import Formatter
from coachbot.chat.models import TelegramLink, TelegramReply
from coachbot.chat.telegram import client, outbox
from coachbot.chat.telegram.updates import ALLOWED

EXAMPLES = """\
First, in Telegram: talk to @BotFather, send /newbot, and set what it gives you:
  TELEGRAM_BOT_TOKEN (or TELEGRAM_BOT_TOKEN_FILE), TELEGRAM_BOT_NAME, and TELEGRAM_WEBHOOK_SECRET,
  which you make up: python3 -c "import secrets; print(secrets.token_urlsafe(32))"
Start the server with these, tell Telegram where it is, and look whether it gets there.

examples:
  telegram set-webhook https://booking.example.com   where Telegram finds this server: HTTPS, on
                                                     port 443, 80, 88 or 8443
  telegram info                                      what Telegram says of it, and what waits here
  telegram send                                      send what waits now; `worker` does so by itself
"""


class Command(BaseCommand):
    help = "Set up the bot in Telegram, ask how it is, and send the replies that wait."
    requires_system_checks = ()

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser):
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        webhook = actions.add_parser("set-webhook", help="Tell Telegram where this server is.")
        webhook.add_argument("url", metavar="URL", help="Of the server: https://host")
        actions.add_parser("info", help="What Telegram says of the bot, and what waits here.")
        actions.add_parser("send", help="Send the replies that wait.")

    def handle(self, action, **options):
        if not settings.TELEGRAM:
            raise CommandError(
                "There is no bot: set TELEGRAM_BOT_TOKEN and TELEGRAM_WEBHOOK_SECRET. "
                "`manage.py telegram --help` says where they come from."
            )
        {"set-webhook": self._set_webhook, "info": self._info, "send": self._send}[action](options)

    def _set_webhook(self, options):
        url = options["url"].rstrip("/")
        if not url.startswith("https://"):
            raise CommandError("Telegram talks to HTTPS only: give https://host.")
        address = f"{url}{reverse('telegram-webhook')}"
        _call(
            "setWebhook",
            url=address,
            secret_token=settings.TELEGRAM["SECRET"],
            allowed_updates=ALLOWED,
        )
        self.stdout.write(f"Telegram sends updates to {address} now.")

    def _info(self, options):
        bot, webhook = _call("getMe") or {}, _call("getWebhookInfo") or {}
        waiting = TelegramReply.objects.count()
        linked = TelegramLink.objects.filter(linked_at__isnull=False).count()
        self.stdout.write(f"bot              @{bot.get('username', '?')}")
        self.stdout.write(f"webhook          {webhook.get('url') or 'none: run set-webhook'}")
        self.stdout.write(f"updates waiting  {webhook.get('pending_update_count', 0)}")
        self.stdout.write(f"last error       {webhook.get('last_error_message', 'none')}")
        self.stdout.write(f"linked users     {linked}")
        self.stdout.write(f"replies waiting  {waiting}")
        name = settings.TELEGRAM["NAME"]
        if name.lower() != str(bot.get("username", "")).lower():
            self.stderr.write(f"TELEGRAM_BOT_NAME is {name!r}: links to the bot will not open it.")

    def _send(self, options):
        sent, forgotten = outbox.send_due(timezone.now), outbox.purge(timezone.now())
        waiting = TelegramReply.objects.count()
        self.stdout.write(f"Sent {sent}, {waiting} waiting; forgot {forgotten} old update(s).")


def _call(method, **parameters):
    result = client.call(method, **parameters)
    if not result.is_ok:
        raise CommandError(f"Telegram refused {method}: {result.status} {result.detail}".rstrip())
    return result.value
