"""Calendars that read somebody's bookings under a secret address."""
