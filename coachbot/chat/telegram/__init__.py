"""The bot in Telegram: private chats of users who have linked their account.

webhook → updates (what came) → conversation (who it is, a turn of their chat) → outbox → client
"""
