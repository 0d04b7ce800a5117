"""Feedback on completed bookings. It stands on scheduling and accounts."""
