"""The refusals of accounts."""

from coachbot.errors import Conflict


class AccountClosed(Conflict):
    code = "account_closed"
    message = "This account is closed."


class LastSuperuser(Conflict):
    """Nobody could give powers to anybody again."""

    code = "last_superuser"
    message = "You are the only superuser: make another one first."


class EmailTaken(Conflict):
    code = "email_taken"
    field = "email"
    message = "Someone with this email address is here already."


class UsernameTaken(Conflict):
    code = "username_taken"
    field = "username"
    message = "This username is taken."
