"""Specialists, what they offer, when they work, and the bookings they take."""
