"""What was told to whom, and whether it left. What it said is nobody else's."""

from django.contrib import admin
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.filters import UTCDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin
from coachbot.mail.models import Mail, MailStatus

COLOURS = {
    MailStatus.WAITING: "info",
    MailStatus.SENDING: "warning",
    MailStatus.SENT: "success",
}


@admin.register(Mail)
class MailAdmin(WrittenByServices, ReadOnlyAdmin):
    """Newest first. One that waits for long has a task that failed: there it is tried again."""

    fields = ["recipient", "subject", "status", "created_at", "tried_at", "sent_at", "was_cut_off"]
    list_display = ["created_at", "recipient", "subject", "state", "sent_at"]
    list_filter = ["status", ("created_at", UTCDayRangeFilter)]
    list_filter_submit = True
    list_per_page = 50
    ordering = ["-id"]
    search_fields = ["recipient", "subject"]
    show_full_result_count = False

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "about" or super().lookup_allowed(lookup, value, request)

    @display(description="state", ordering="status", label=COLOURS)
    def state(self, mail):
        return mail.status, mail.get_status_display()
