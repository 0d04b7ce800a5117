"""The language model: a translator for what the dialog does not understand, and nothing more.

    turn = translation(state, text, now=now, zone=zone, vocabulary=ENGLISH, catalogue=catalogue)

It is shown the text and what is public, and calls one of seven tools. The call is read like a
message: it can look something up or propose something, and has no way to say yes. Its own words
are never shown to anybody.
"""

from coachbot.chat.model.asking import is_configured, translation

__all__ = ["is_configured", "translation"]
