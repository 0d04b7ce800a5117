"""Addresses for calendars in the back office: who has one; and one for who has no account."""

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.decorators import display

from audit.admin import WrittenByServices, history_of
from coachbot.admin import panels
from coachbot.admin.pages import ReadOnlyAdmin
from coachbot.errors import DomainError
from coachbot.feeds import services
from coachbot.feeds.addresses import address_of
from coachbot.feeds.models import CalendarFeed
from scheduling.models import Specialist

MOMENT = "%d %b %Y, %H:%M"
PAGE = "feeds_calendarfeed_of_specialist"


def link_to_feed(specialist):
    return panels.Link("Calendar feed", reverse(f"admin:{PAGE}", args=[specialist.pk]))


panels.on_page_of(Specialist, link_to_feed)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(WrittenByServices, ReadOnlyAdmin):
    """Who has an address, and whether any calendar reads it. The address is on the page of a
    specialist without an account; everybody else's is their own to see."""

    fields = ["whose", "made", "rotated", "read"]
    readonly_fields = fields
    list_display = ["whose", "made", "rotated", "read"]
    list_select_related = ["user", "specialist"]
    search_fields = ["user__username", "user__email", "specialist__name"]

    def history_view(self, request, object_id, extra_context=None):
        """That of its owner: what became of addresses is told of them."""
        feed = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if feed is None:
            raise Http404
        return history_of(feed.owner._meta.label_lower, feed.owner.pk)

    def get_urls(self):
        view = self.admin_site.admin_view(self.specialist_view)
        return [path("of/<uuid:pk>/", view, name=PAGE), *super().get_urls()]

    def specialist_view(self, request, pk):
        """The address of one specialist: looked at, made, replaced, switched off."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        specialist = get_object_or_404(Specialist.objects.select_related("user"), pk=pk)
        if request.method == "POST":
            return self._act(request, specialist)
        feed = CalendarFeed.objects.of(specialist).first()
        may_change = self._may_change(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Calendar feed of {specialist}",
            "specialist": specialist,
            "specialist_page": reverse("admin:scheduling_specialist_change", args=[pk]),
            "may_see_specialist": request.user.has_perm("scheduling.view_specialist"),
            "feed": feed,
            "own": CalendarFeed.objects.of(specialist.user).first() if specialist.user else None,
            "address": address_of(request, feed) if may_change else None,
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/feeds/specialist.html", context)

    def _act(self, request, specialist):
        if not self._may_change(request):
            raise PermissionDenied
        try:
            done = self._do(request, specialist)
        except DomainError as refusal:
            self.message_user(request, f"Nothing was changed. {refusal}", messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(request.path)

    def _do(self, request, specialist):
        wanted = request.POST.get("do")
        if wanted == "switch_off":
            had_one = services.switch_off(owner=specialist, actor=request.user)
            return "The address leads nowhere now." if had_one else "There was no address."
        if wanted != "make":
            raise BadRequest
        services.make_feed(owner=specialist, actor=request.user, now=timezone.now())
        return "This is the address. Give it to nobody but the specialist."

    def _may_change(self, request):
        """Whoever has the address reads all their bookings."""
        wanted = ("feeds.change_calendarfeed", "scheduling.view_booking")
        return request.user.has_perms(wanted)

    @display(description="whose")
    def whose(self, feed):
        return str(feed.owner)

    @display(description="made (UTC)", ordering="created_at")
    def made(self, feed):
        return f"{feed.created_at:{MOMENT}}"

    @display(description="replaced (UTC)", ordering="rotated_at")
    def rotated(self, feed):
        return f"{feed.rotated_at:{MOMENT}}" if feed.rotated_at else "never"

    @display(description="last read (UTC)", ordering="last_read_at")
    def read(self, feed):
        return f"{feed.last_read_at:{MOMENT}}" if feed.last_read_at else "never"
