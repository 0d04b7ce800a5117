"""The tables of chat. Only its services write them."""

from coachbot.chat.models.chats import LONGEST_CONTENT, Chat, Message, Role
from coachbot.chat.models.telegram import TelegramLink, TelegramReply, TelegramUpdate

__all__ = [
    "LONGEST_CONTENT",
    "Chat",
    "Message",
    "Role",
    "TelegramLink",
    "TelegramReply",
    "TelegramUpdate",
]
