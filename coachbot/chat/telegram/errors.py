"""The refusals of linking an account in Telegram."""

from coachbot.errors import Conflict


class TelegramOff(Conflict):
    code = "telegram_off"
    message = "There is no bot in Telegram here."


class CodeUnknown(Conflict):
    code = "code_unknown"
    message = "This code is not valid, or no longer: codes are good for 10 minutes, and once."


class LinkedToAnother(Conflict):
    code = "linked_to_another"
    message = "This Telegram account is linked to another user. Send /unlink first."
