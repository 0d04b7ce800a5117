"""The refusals of accounts."""

from coachbot.errors import Conflict


class AccountClosed(Conflict):
    code = "account_closed"
    message = "This account is closed."


class LastSuperuser(Conflict):
    """Nobody could give powers to anybody again."""

    code = "last_superuser"
    message = "You are the only superuser: make another one first."
