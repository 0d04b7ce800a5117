"""Telling other programs what happened, by signed messages, until they have it."""
