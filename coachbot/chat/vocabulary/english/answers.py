"""What the bot says in English of what it found and did; the actor fills in the braces."""

ANSWERS = {
    # What is booked
    "with_service": "{service} ({minutes} minutes)",
    "without_service": "an appointment of {minutes} minutes",
    "of_any_length": "an appointment",
    "and_more": "and {count} more",
    "nothing": "nothing at present",
    # Free time
    "slot": "{moment} with {who}",
    "slots": "These times are free for {what}:\n{lines}\nWhich one? Say its number.",
    "slots_instead": (
        "Nothing is free then for {what}. These times are:\n{lines}\nWhich one? Say its number."
    ),
    "nothing_free": "I found no free time for {what}. Would another day do?",
    "nothing_free_with": (
        "I found no free time for {what} with {who}. Would another day, or somebody else, do?"
    ),
    "not_offered": "{who} does not offer {what}. Would somebody else do?",
    "nothing_later": "There is nothing free after those.",
    "nothing_earlier": "There is nothing free before those.",
    # Booking
    "booked": "Booked: {what} with {who} on {moment}. Your reference is {reference}.",
    "requested": (
        "Requested: {what} with {who} on {moment}. It still has to be confirmed. "
        "Your reference is {reference}."
    ),
    "offer_gone": "That is no longer offered. Nothing was booked.",
    "not_booked": "Sorry, I could not book {moment}. {reason} Nothing was booked.",
    "not_booked_but": (
        "Sorry, I could not book {moment}. {reason} Nothing was booked. "
        "These times are free for {what}:\n{lines}\nWhich one? Say its number."
    ),
    # Bookings
    "booking": "{moment}: {what} with {who}, {status}, reference {reference}",
    "bookings": "Bookings to come:\n{lines}",
    "pending": "waiting for confirmation",
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "completed": "completed",
    "no_show": "missed",
    "cancelled_it": "Cancelled: {what} with {who} on {moment}, reference {reference}.",
    "moved": "Moved: {what} with {who} is now on {moment}, reference {reference}.",
    "not_cancelled": "I could not cancel that. {reason} It is as it was: {moment}, {status}.",
    "not_moved": "I could not move that. {reason} It is as it was: {moment}, {status}.",
    "not_moved_but": (
        "Sorry, I could not move that. {reason} The booking stays where it was: {moment}. "
        "These times are free for {what}:\n{lines}\nWhich one? Say its number."
    ),
    "changed_meanwhile": (
        "This booking has changed meanwhile: it is on {moment}, {status}. I did nothing: "
        "please ask again."
    ),
    "forbidden": "Your account does not have the right to do that. Nothing was changed.",
    # Hours and prices
    "open": "We are open ({zone}):\n{lines}",
    "open_person": "{who} is there ({zone}):\n{lines}",
    "open_day": "{day}: {times}",
    "closed": "We are closed {period} ({zone}).",
    "closed_person": "{who} is not there {period} ({zone}).",
    "on_day": "on {day}",
    "from_to": "from {first} to {last}",
    "price": "{what}: {price}",
    "rate": "{who}: {price} an hour",
    "no_prices": "There is nothing that can be booked at present.",
}
