"""What this app hears of, and does by the clock."""

from coachbot.jobs import clock, topics
from coachbot.notifications.offers import tell_of_offer
from coachbot.notifications.reminders import find_reminders
from coachbot.notifications.telling import tell

for name in ("created", "confirmed", "rescheduled", "handed_over", "cancelled", "completed"):
    topics.subscribe(f"booking.{name}", tell)
topics.subscribe("waiting_list.offered", tell_of_offer)
clock.every(60, find_reminders)
