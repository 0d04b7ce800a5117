"""The shapes of scheduling's documents. Rules are the services' business."""

from scheduling.serializers.bookings import (
    BookingEventSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancellationSerializer,
    DetailsSerializer,
    NewBookingSerializer,
    NothingSerializer,
    ReschedulingSerializer,
    booking_document,
    rfc3339,
)
from scheduling.serializers.catalogue import ServiceSerializer, SpecialistSerializer
from scheduling.serializers.hours import (
    AvailabilitySerializer,
    DayOffSerializer,
    ScheduleSerializer,
)
from scheduling.serializers.shared import reference_to
from scheduling.serializers.slots import (
    LONGEST_RANGE,
    EarliestSlotsQuerySerializer,
    EarliestSlotsSerializer,
    SlotSerializer,
    SlotsQuerySerializer,
    SlotsSerializer,
    WhyNotQuerySerializer,
    WhyNotSerializer,
    range_of,
    slots_document,
)
from scheduling.serializers.waiting import (
    NewWaitingListEntrySerializer,
    WaitingListEntrySerializer,
    WaitingListRequestSerializer,
)

__all__ = [
    "LONGEST_RANGE",
    "AvailabilitySerializer",
    "BookingEventSerializer",
    "BookingRequestSerializer",
    "BookingSerializer",
    "CancellationSerializer",
    "DayOffSerializer",
    "DetailsSerializer",
    "EarliestSlotsQuerySerializer",
    "EarliestSlotsSerializer",
    "NewBookingSerializer",
    "NewWaitingListEntrySerializer",
    "NothingSerializer",
    "ReschedulingSerializer",
    "ScheduleSerializer",
    "ServiceSerializer",
    "SlotSerializer",
    "SlotsQuerySerializer",
    "SlotsSerializer",
    "SpecialistSerializer",
    "WaitingListEntrySerializer",
    "WaitingListRequestSerializer",
    "WhyNotQuerySerializer",
    "WhyNotSerializer",
    "booking_document",
    "range_of",
    "reference_to",
    "rfc3339",
    "slots_document",
]
