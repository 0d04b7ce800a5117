"""The tables that commands know by name."""

from argparse import RawDescriptionHelpFormatter

from django.core.management.base import DjangoHelpFormatter

from accounts.sheets import ClientSheet
from coachbot.sheets.importing import ImportSheet
from coachbot.sheets.sheet import Sheet
from feedback.sheets import FeedbackSheet
from scheduling.sheets import BookingSheet, DayOffSheet, ScheduleSheet, SpecialistSheet

IMPORTED: dict[str, ImportSheet] = {
    sheet.name: sheet
    for sheet in (SpecialistSheet(), ScheduleSheet(), DayOffSheet(), ClientSheet())
}
EXPORTED: dict[str, Sheet] = {
    **IMPORTED,
    **{sheet.name: sheet for sheet in (BookingSheet(), FeedbackSheet())},
}


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, with the examples left as they are written."""
