"""What was sent to whom, what came back, and sending it again."""

import json

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.filters import OneOfManyFilter, OwnDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin, SearchAdmin
from coachbot.webhooks import services
from coachbot.webhooks.documents import Gone, document_of
from coachbot.webhooks.models import DeliveryStatus, WebhookDelivery

LINK = '<a href="{}" class="text-link">{}</a>'
LIST = "admin:webhooks_webhookdelivery_changelist"
MOMENT = "%d %b %Y, %H:%M:%S"
COLOURS = {
    DeliveryStatus.PENDING.label: "info",
    DeliveryStatus.DELIVERED.label: "success",
    DeliveryStatus.FAILED.label: "danger",
}
TABLE = (
    "<table><tr><th class='pr-6 text-left'>number</th><th class='pr-6 text-left'>when (UTC)</th>"
    "<th class='pr-6 text-left'>answer</th><th class='pr-6 text-left'>took</th>"
    "<th class='text-left'>what came back</th></tr>{}</table>"
)
LINE = (
    "<tr><td class='pr-6 align-top'>{}</td><td class='pr-6 align-top whitespace-nowrap'>{}</td>"
    "<td class='pr-6 align-top'>{}</td><td class='pr-6 align-top whitespace-nowrap'>{} ms</td>"
    "<td class='align-top break-all'>{}</td></tr>"
)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(WrittenByServices, BulkMixin, SearchAdmin, ReadOnlyAdmin):
    actions = ["replay"]
    actions_detail = ["replay_this"]
    fieldsets = [
        (None, {"fields": [("type", "state"), ("endpoint_link", "about"), "webhook_id"]}),
        ("Attempts", {"fields": [("next_attempt_at", "delivered_at"), "what_came_back"]}),
        ("Message", {"fields": ["body"]}),
    ]
    list_before_template = "admin/webhooks/deliveries_before.html"
    list_disable_select_all = True
    list_display = ["created", "type", "endpoint", "state", "attempts_made", "error", "next_one"]
    list_filter = [
        "status",
        "type",
        ("created_at", OwnDayRangeFilter),
        ("endpoint", OneOfManyFilter),
    ]
    list_filter_submit = True
    list_per_page = 50
    list_select_related = ["endpoint"]
    ordering = ["-created_at", "-id"]
    readonly_fields = ["type", "state", "endpoint_link", "about", "webhook_id"]
    readonly_fields += ["next_attempt_at", "delivered_at", "what_came_back", "body"]
    search_help_text = "A webhook-id, an event's id, or a booking's reference"
    show_full_result_count = False

    def has_replay_permission(self, request, object_id=None):
        return request.user.has_perm("webhooks.change_webhookendpoint")

    @admin.action(description="Replay selected", permissions=["replay"])
    def replay(self, request, queryset):
        now = timezone.now()
        deed = Deed(
            action="replay",
            title="Replay",
            done="sent again",
            act=lambda row: services.replay(delivery=row, actor=request.user, now=now),
            foresee=services.require_replayable,
            note="With the same webhook-id, whatever became of it before: a receiver that has it "
            "already should do nothing. If it fails it is tried again for a day.",
        )
        return self.in_bulk(request, queryset.select_related("endpoint"), deed, reverse(LIST))

    @action(description="Replay", url_path="replay", icon="replay", permissions=["replay"])
    def replay_this(self, request, object_id):
        return self.replay(request, self.get_queryset(request).filter(pk=object_id))

    def show_row(self, delivery):
        return format_html(
            "<b>{}</b> for {}, {} UTC<br>{} {}",
            *(delivery.type, delivery.endpoint, self.created(delivery)),
            *(delivery.get_status_display(), delivery.error),
        )

    @display(description="since (UTC)", ordering="created_at")
    def created(self, delivery):
        return f"{delivery.created_at:{MOMENT}}"

    @display(description="state", ordering="status", label=COLOURS)
    def state(self, delivery):
        return delivery.get_status_display()

    @display(description="next attempt (UTC)")
    def next_one(self, delivery):
        return f"{delivery.next_attempt_at:{MOMENT}}" if delivery.next_attempt_at else "–"

    @display(description="webhook-id")
    def webhook_id(self, delivery):
        return str(delivery.pk)

    @display(description="endpoint")
    def endpoint_link(self, delivery):
        page = reverse("admin:webhooks_webhookendpoint_change", args=[delivery.endpoint_id])
        return format_html(LINK, page, delivery.endpoint)

    @display(description="about")
    def about(self, delivery):
        model = "feedback_feedback" if delivery.type.startswith("feedback.") else ""
        model = "scheduling_bookingevent" if delivery.type.startswith("booking.") else model
        try:
            page = reverse(f"admin:{model}_change", args=[delivery.event_id])
        except NoReverseMatch:
            return "nothing"
        return format_html(LINK, page, "What happened")

    @display(description="attempts")
    def what_came_back(self, delivery):
        attempts = delivery.attempts.all()
        if not attempts:
            return delivery.error or "None yet: it is sent within seconds while a worker runs."
        lines = (
            (
                *(each.number, f"{each.at:{MOMENT}}", each.status_code or "none"),
                *(each.duration_ms, f"{each.error} {each.answer}".strip() or "–"),
            )
            for each in attempts
        )
        return format_html(TABLE, format_html_join("", LINE, lines))

    @display(description="as it is sent")
    def body(self, delivery):
        try:
            text = json.dumps(document_of(delivery), indent=2, ensure_ascii=False)
        except Gone:
            return "What it tells of is not there any more."
        return format_html("<pre class='whitespace-pre-wrap'>{}</pre>", text)
