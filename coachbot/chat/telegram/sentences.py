"""What the bot says in Telegram that it says nowhere else."""

HOW_TO_LINK = (
    "Hello! I book appointments for users of {site}. Sign in there, ask for a Telegram code, and "
    "open the link that comes with it, or send me: /start CODE"
)
LINKED = "Done: you are {name}. Say what you would like, or “help”. /unlink ends it."
ALREADY = "You are {name}. Say what you would like, or “help”. /unlink ends it."
UNLINKED = "This Telegram account is no longer linked. Your bookings stay as they are."
CLOSED = "This link is no longer good: the account was closed, or its password has changed. "
TOO_MANY_CODES = "That was too many codes. Try again in an hour."
PRIVATE_ONLY = "I talk in private only: bookings are nobody else's business."
TEXT_ONLY = "I can read text only. Say what you would like, or “help”."
SLOW_DOWN = "That is too fast for me. Try again in {seconds} seconds."
OVER = "That question is over. This is where we are:"
