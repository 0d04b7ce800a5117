"""Talking with clients: they write, and a bot finds time, books, moves and cancels for them."""
