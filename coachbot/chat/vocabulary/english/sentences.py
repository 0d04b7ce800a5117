"""What the bot says in English, by key; the actor fills in the braces."""

SENTENCES = {
    # Talk
    "greeting": 'Hello! I find free times and make, move and cancel bookings. Try "{example}".',
    "thanks": "You are welcome.",
    "goodbye": "Goodbye!",
    "help": "You can ask me things like:\n{examples}",
    "stopped": "All right, I have dropped that. Nothing was changed.",
    "started_over": "Let us start over. What can I do for you?",
    "not_understood": 'Sorry, I did not understand that. Try "{example}", or say "help".',
    "nothing_to_confirm": 'There is nothing open to answer. Try "{example}", or say "help".',
    # Ask
    "what": "What would you like to book? There is {choices}.",
    "which_service": "Which one do you mean: {choices}?",
    "which_specialist": "Whom do you mean: {choices}?",
    "when": 'When would suit you? For example "tomorrow afternoon" or "Friday at 10".',
    "which_date": "Do you mean {first} or {second}?",
    "which_slot": "Which one? Say its number, or what would suit you better.",
    "which_booking": "Which booking do you mean? Say its number.",
    "yes_or_no": "Please answer yes or no.",
    "reason": "Please say why, in at most 500 characters: it stands in the booking's history.",
    # Problems
    "time_does_not_exist": "Clocks go forward then: {time} does not exist on {day} ({zone}).",
    "time_occurs_twice": "Clocks go back then, and {time} comes twice; I take the first.",
    "in_the_past": "{moment} is in the past.",
    "no_such_date": "There is no such date.",
    "ambiguous_date": "That can be read as two dates.",
    # Propose and do
    "propose_booking": "Shall I book {what} with {who} on {moment}? Please say yes or no.",
    "propose_cancel": "Shall I cancel {what} with {who} on {moment}? Please say yes or no.",
    "propose_move": "Shall I move {what} with {who} from {old} to {moment}? Please say yes or no.",
    "declined": "All right, I leave everything as it is.",
    "no_bookings": "You have no such booking to come.",
}
EXAMPLES = (
    "Is Anna free tomorrow afternoon?",
    "Book a massage next Tuesday after 5",
    "My bookings",
    "Move my Friday appointment to Monday at 10",
    "Cancel my next appointment",
    "What does a massage cost?",
)
