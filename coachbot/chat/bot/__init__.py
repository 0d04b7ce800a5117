"""The bot: does what the dialog makes of a message, with the rights of whoever wrote it.

`answer(chat, text, now)` is all that a way in needs, be it REST, a terminal or a messenger.
"""

from coachbot.chat.bot.turn import Exchange, answer

__all__ = ["Exchange", "answer"]
