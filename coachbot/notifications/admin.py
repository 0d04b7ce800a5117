"""Staff's own words for mails, and what was sent about a booking."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from unfold.decorators import display

from audit.admin import Audited
from coachbot.admin.pages import Page
from coachbot.admin.panels import Panel, below_page_of
from coachbot.mail.models import Mail
from coachbot.notifications.kinds import Kind
from coachbot.notifications.models import MailTemplate
from coachbot.notifications.sample import sample_of
from coachbot.notifications.texts import Words, standard
from scheduling.models import Booking

LANGUAGES = dict(settings.LANGUAGES)
ADD, CHANGE = "admin:notifications_mailtemplate_add", "admin:notifications_mailtemplate_change"
# Of a booking's mails the newest.
MOST_MAILS = 50


class TemplateForm(forms.ModelForm):
    """The kind and the language are said once."""

    class Meta:
        model = MailTemplate
        fields = ["kind", "language", "subject", "text", "html"]


@admin.register(MailTemplate)
class MailTemplateAdmin(Audited, Page):
    """What is not here has the standard words."""

    form = TemplateForm
    fields = ["kind", "language", "subject", "text", "html", "placeholders", "preview"]
    list_before_template = "admin/notifications/standards.html"
    list_display = ["kind", "language", "subject", "updated_at"]
    list_filter = ["language"]
    readonly_fields = ["placeholders", "preview"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(["kind", "language"] if obj else [])]

    def get_changeform_initial_data(self, request):
        """Begin with the standard words."""
        kind, language = (request.GET.get(name, "") for name in ("kind", "language"))
        if kind not in Kind.values or language not in LANGUAGES:
            return {}
        words = standard(Kind(kind), language)
        return {"kind": kind, "language": language, "subject": words.subject, "text": words.text}

    def changelist_view(self, request, extra_context=None):
        table = {"languages": LANGUAGES.values(), "standards": self._standards(request)}
        return super().changelist_view(request, {**table, **(extra_context or {})})

    def _standards(self, request):
        own = {(row.kind, row.language): row.pk for row in MailTemplate.objects.all()}
        may_add = self.has_add_permission(request)

        def cell(kind, language):
            if key := own.get((kind, language)):
                return reverse(CHANGE, args=[key]), True
            asked = urlencode({"kind": kind, "language": language})
            return f"{reverse(ADD)}?{asked}" if may_add else "", False

        return [(kind.label, [cell(kind, language) for language in LANGUAGES]) for kind in Kind]

    @display(description="what may stand in braces")
    def placeholders(self, template):
        known = Kind(template.kind).placeholders if template.pk and template.kind else ()
        if not known:
            known = dict.fromkeys(name for kind in Kind for name in kind.placeholders)
        return ", ".join(f"{{{name}}}" for name in known)

    @display(description="as it is stored, of a made-up booking")
    def preview(self, template):
        if not template.kind or template._state.adding:
            return "Save it and continue editing to see it here."
        words = Words(template.subject, template.text, template.html)
        mail = sample_of(Kind(template.kind), template.language, words)
        context = {"mail": mail, "html": mail.alternatives[0].content}
        return render_to_string("admin/notifications/preview.html", context)


def mails_about(request, booking):
    """To whom a mail about it was written, and when it left."""
    if not request.user.has_perm("mail.view_mail"):
        return None
    rows = Mail.objects.filter(about=booking.pk).order_by("-id")[:MOST_MAILS]
    return Panel("admin/notifications/mails.html", list(rows))


below_page_of(Booking, mails_about)
