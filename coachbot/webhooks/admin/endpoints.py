"""Who is told of events: registered here, tried, and looked after."""

from django import forms
from django.contrib import admin
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed, refusal_of
from coachbot.admin.pages import AsShownMixin, Page
from coachbot.webhooks import services
from coachbot.webhooks.models import EventType, WebhookEndpoint
from scheduling.admin.offers import became, edited

LINK = '<a href="{}" class="text-link">{}</a>'
LIST = "admin:webhooks_webhookendpoint_changelist"
MOMENT = "%d %b %Y, %H:%M"
COLOURS = {"on": "success", "failing": "warning", "off": "danger"}


class EndpointForm(forms.ModelForm):
    """What is wrong with the address was found out before: it takes a while."""

    refusal = ""

    class Meta:
        model = WebhookEndpoint
        fields = ["name", "url", "events", "includes_personal_data", "is_active"]
        help_texts = {"url": "It must begin with https:// and lead to the public internet."}

    events = forms.MultipleChoiceField(
        choices=EventType.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": "Choose at least one: of what shall it be told?"},
    )

    def clean_url(self):
        if self.refusal and "url" in self.changed_data:
            raise forms.ValidationError(self.refusal)
        return self.cleaned_data["url"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(AsShownMixin, WrittenByServices, BulkMixin, Page):
    actions = ["send_test"]
    actions_detail = ["send_test_to_this", "rotate_secret"]
    fieldsets = [
        (None, {"fields": ["name", "url", "events", "includes_personal_data", "is_active"]}),
    ]
    record_fieldset = (
        "Health",
        {
            "fields": [
                ("state", "off_because"),
                ("last_success_at", "failing_since"),
                ("their_deliveries", "former_secret_until"),
                "created_by",
                ("created_at", "updated_at"),
            ]
        },
    )
    form = EndpointForm
    list_before_template = "admin/webhooks/endpoints_before.html"
    list_disable_select_all = True
    list_display = ["name", "url", "told_of", "state", "last_success", "failing"]
    list_filter = ["is_active"]
    list_select_related = []
    readonly_fields = ["state", "off_because", "last_success_at", "failing_since"]
    readonly_fields += ["their_deliveries", "former_secret_until", "created_by"]
    readonly_fields += ["created_at", "updated_at"]
    search_fields = ["name", "url"]

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj is None else [*self.fieldsets, self.record_fieldset]

    def has_delete_permission(self, request, obj=None):
        return False

    def has_try_permission(self, request, object_id=None):
        return self.has_change_permission(request)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Looks the name up before the page's transaction: nobody else has to wait for it."""
        may_save = self.has_add_permission(request) or self.has_change_permission(request)
        if request.method == "POST" and may_save:
            url = request.POST.get("url", "").strip()
            request.refusal_of_url = refusal_of(services.require_outward, url) if url else ""
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal_of_url", "")
        return form

    def save_model(self, request, obj, form, change):
        if change:
            self.require_as_shown(request, obj)
            services.change(endpoint=obj, actor=request.user, **edited(form))
            return
        saved, request.new_secret = services.register(actor=request.user, **edited(form))
        became(obj, saved)

    def response_add(self, request, obj, post_url_continue=None):
        return self._secret_page(request, obj, request.new_secret)

    @action(description="New secret", url_path="new-secret", icon="key", permissions=["try"])
    def rotate_secret(self, request, object_id):
        """First what it means, then the secret."""
        endpoint = self.get_object(request, object_id)
        if endpoint is None:
            raise Http404
        if request.method != "POST":
            return self._secret_page(request, endpoint)
        secret = services.rotate_secret(endpoint=endpoint, actor=request.user, now=timezone.now())
        endpoint.refresh_from_db()
        return self._secret_page(request, endpoint, secret)

    def _secret_page(self, request, endpoint, secret=""):
        page = reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk])
        context = {"endpoint": endpoint, "secret": secret, "page": page, "opts": self.opts}
        context |= {"title": "Secret", **self.admin_site.each_context(request)}
        return TemplateResponse(request, "admin/webhooks/secret.html", context)

    @admin.action(description="Send a test event", permissions=["try"])
    def send_test(self, request, queryset):
        now = timezone.now()
        deed = Deed(
            action="send_test",
            title="Send a test event",
            done="sent a test event",
            act=lambda row: services.send_test(endpoint=row, actor=request.user, now=now),
            foresee=services.require_active,
            note="It tells of nothing. What comes back stands with the endpoint's deliveries.",
        )
        return self.in_bulk(request, queryset, deed, reverse(LIST))

    @action(description="Send a test event", url_path="send-test", icon="send", permissions=["try"])
    def send_test_to_this(self, request, object_id):
        return self.send_test(request, self.get_queryset(request).filter(pk=object_id))

    def show_row(self, endpoint):
        return format_html("<b>{}</b> {}", endpoint.name, endpoint.url)

    @display(description="told of")
    def told_of(self, endpoint):
        is_all = set(endpoint.events) == set(EventType.values)
        return "everything" if is_all else ", ".join(endpoint.events)

    @display(description="state", label=COLOURS)
    def state(self, endpoint):
        if not endpoint.is_active:
            return "off"
        return "failing" if endpoint.failing_since else "on"

    @display(description="last success (UTC)", ordering="last_success_at")
    def last_success(self, endpoint):
        return _moment(endpoint.last_success_at)

    @display(description="failing since (UTC)", ordering="failing_since")
    def failing(self, endpoint):
        return _moment(endpoint.failing_since)

    @display(description="deliveries")
    def their_deliveries(self, endpoint):
        page = reverse("admin:webhooks_webhookdelivery_changelist")
        return format_html(LINK, f"{page}?endpoint__id__exact={endpoint.pk}", "See all")


def _moment(at):
    return f"{at:{MOMENT}}" if at else "–"
