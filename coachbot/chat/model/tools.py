"""The tools that a language model may call: what the bot can do, short of doing it."""

from typing import Any

from rest_framework import serializers

from coachbot.api.serializers import DayField, StrictSerializer, WallClockField
from coachbot.chat.dialog import Task

LONGEST_NAME = 100

DATE = {"type": "string", "description": "YYYY-MM-DD"}
TIME = {"type": "string", "description": "HH:MM, 24 hours, on the user's clock"}
NAME = {"type": "string", "maxLength": LONGEST_NAME}
YES_OR_NO = {"type": "boolean"}

WHAT = {
    "service": {**NAME, "description": "one of the services"},
    "specialist": {**NAME, "description": "one of the specialists"},
    "specialization": {**NAME, "description": "one of the specializations"},
}
WHEN = {
    "from_date": {**DATE, "description": "YYYY-MM-DD, the day, or the first of several"},
    "until_date": {**DATE, "description": "YYYY-MM-DD, the last of several days"},
    "start_time": {**TIME, "description": "HH:MM, the exact start, if the user names one"},
    "from_time": {**TIME, "description": "HH:MM, not before"},
    "until_time": {**TIME, "description": "HH:MM, starts before this"},
}
WHICH = {
    "number": {"type": "integer", "description": "number of a booking in the list shown"},
    "reference": {**NAME, "description": "the booking's reference, if the user wrote it"},
    "next_booking": {**YES_OR_NO, "description": "the user's next booking"},
}
SEARCH = {
    **WHAT,
    **WHEN,
    "minutes": {"type": "integer", "description": "length, only if there is no service"},
    "earliest": {**YES_OR_NO, "description": "as soon as possible"},
}
TOOLS: dict[Task, tuple[str, dict[str, Any]]] = {
    Task.FIND_FREE_TIME: ("Who is free, and when.", SEARCH),
    Task.BOOK: (
        "The user wants an appointment. Nothing is booked before the user says yes.",
        {**SEARCH, "number": {"type": "integer", "description": "number of a slot shown"}},
    ),
    Task.MY_BOOKINGS: ("Show the user's own bookings to come.", {"from_date": DATE, **WHAT}),
    Task.MOVE_BOOKING: (
        "The user wants another time for a booking. Nothing moves before the user says yes.",
        {
            **WHICH,
            **WHEN,
            **WHAT,
            "booking_date": {**DATE, "description": "YYYY-MM-DD, where the booking is now"},
            "booking_time": {**TIME, "description": "HH:MM, where the booking is now"},
        },
    ),
    Task.CANCEL_BOOKING: (
        "The user wants to cancel one booking. Nothing is cancelled before the user says yes.",
        {**WHICH, "from_date": DATE, "start_time": TIME, **WHAT},
    ),
    Task.OPENING_HOURS: ("When somebody is there.", {"from_date": DATE, **WHAT}),
    Task.PRICES: ("What it costs and how long it takes.", WHAT),
}
DEFINITIONS = [
    {
        "type": "function",
        "function": {
            "name": task.value,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": properties,
                "additionalProperties": False,
            },
        },
    }
    for task, (description, properties) in TOOLS.items()
]


class TermsSerializer(StrictSerializer):
    """The arguments of all tools. What a model writes is trusted as little as what people send."""

    number = serializers.IntegerField(min_value=1, max_value=100, required=False)
    reference = serializers.CharField(max_length=20, required=False)
    service = serializers.CharField(max_length=LONGEST_NAME, required=False)
    specialist = serializers.CharField(max_length=LONGEST_NAME, required=False)
    specialization = serializers.CharField(max_length=LONGEST_NAME, required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=24 * 60, required=False)
    from_date = DayField(required=False)
    until_date = DayField(required=False)
    start_time = WallClockField(required=False)
    from_time = WallClockField(required=False)
    until_time = WallClockField(required=False)
    earliest = serializers.BooleanField(required=False)
    next_booking = serializers.BooleanField(required=False)
    booking_date = DayField(required=False)
    booking_time = WallClockField(required=False)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - TOOLS[task][1].keys():
            del self.fields[name]
