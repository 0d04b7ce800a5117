"""The bot: does what the dialog makes of a message, with the rights of whoever wrote it.

`answer(chat, text, now)` is all that a way in needs, be it REST, a terminal or a messenger. One
that takes the turn in a transaction of its own calls `translate` before it, `take_turn` in it.
"""

from coachbot.chat.bot.turn import Exchange, Translation, answer, take_turn, translate

__all__ = ["Exchange", "Translation", "answer", "take_turn", "translate"]
