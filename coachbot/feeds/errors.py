"""The refusals of calendar feeds."""

from coachbot.errors import Conflict


class HasAccount(Conflict):
    """An address shows all that its owner booked elsewhere, too."""

    code = "has_account"
    message = "They have an account: the address is theirs to make."
