"""The calendar of the back office: a day or a week of all specialists side by side."""

from datetime import timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from scheduling.admin.calendar_board import Asked, boards
from scheduling.admin.calendar_book import BookPage
from scheduling.admin.calendar_changes import ChangePages
from scheduling.admin.calendar_forms import DAY, WEEK, CalendarForm
from scheduling.admin.calendar_grid import week_of
from scheduling.models import Specialist

# How many there are on one page. A week is a board for each.
COLUMNS, WEEKS = 12, 3


class CalendarMixin(BookPage, ChangePages):
    """Pages of their own under the list of bookings."""

    def get_urls(self):
        """GET shows, POST changes; each needs the permission of what it does."""
        view, add, change = (
            partial(self._page, permission=f"scheduling.{verb}_booking")
            for verb in ("view", "add", "change")
        )
        pages = {
            "calendar/": ("calendar", view(require_safe(self.calendar_view))),
            "calendar/book/": ("calendar_book", add(self.book_view)),
            "calendar/people/": ("calendar_people", add(require_safe(self.people_view))),
            "calendar/<uuid:pk>/": ("calendar_show", view(require_safe(self.show_view))),
            "calendar/<uuid:pk>/move/": ("calendar_move", change(self.move_view)),
            "calendar/<uuid:pk>/hand-over/": (
                "calendar_hand_over",
                change(require_POST(self.hand_over_view)),
            ),
            "calendar/<uuid:pk>/<slug:verb>/": (
                "calendar_verb",
                change(require_POST(self.verb_view)),
            ),
        }
        urls = [
            path(route, page, name=f"scheduling_booking_{name}")
            for route, (name, page) in pages.items()
        ]
        return urls + super().get_urls()

    def _page(self, view, *, permission):
        def guarded(request, **kwargs):
            if not (
                request.user.has_perm("scheduling.view_booking")
                and request.user.has_perm(permission)
            ):
                raise PermissionDenied
            return view(request, **kwargs)

        return self.admin_site.admin_view(guarded)

    def menu_links(self, request):
        """What stands in the menu beside the list."""
        if not request.user.has_perm("scheduling.view_booking"):
            return []
        return [("Calendar", reverse("admin:scheduling_booking_calendar"))]

    def show(self, request, template, **context):
        return TemplateResponse(
            request,
            f"admin/scheduling/booking/{template}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
        )

    def calendar_view(self, request):
        now, zone = timezone.now(), request.user.time_zone
        form = CalendarForm(request.GET)
        form.is_valid()
        given = {name: value for name, value in form.cleaned_data.items() if value}
        today = now.astimezone(zone).date()
        day, weekly = given.get("date", today), given.get("view") == WEEK
        days = week_of(day) if weekly else [day]
        asked = Asked(days, zone, given.get("service"), "cancelled" in given, "whole" in given)
        page = Paginator(matching(given), WEEKS if weekly else COLUMNS).get_page(given.get("page"))
        step = timedelta(days=len(days))
        link = partial(address, given | {"date": day})
        shown = boards(list(page), asked, now=now, apart=weekly)
        return self.show(
            request,
            "calendar",
            title="Calendar",
            is_fullwidth="1",
            boards=shown,
            back=link()[1:],
            day=day,
            days=days,
            form=CalendarForm(initial={"view": DAY, **given, "date": day}),
            link=link,
            may_book=request.user.has_perm("scheduling.add_booking"),
            next=link(date=day + step),
            page=page,
            pages={"next": link(page=page.number + 1), "previous": link(page=page.number - 1)},
            previous=link(date=day - step),
            rows=[self._row(board, link) for board in shown],
            service=given.get("service"),
            today=link(date=today),
            views={
                DAY: link(view=DAY, specialist=None, page=None),
                WEEK: link(view=WEEK, page=None),
            },
            weekly=weekly,
            zone=zone,
            zone_offset=now.astimezone(zone).isoformat()[-6:],
        )

    @staticmethod
    def _row(board, link):
        """A board, and where its columns lead: to the other view of the same person or day."""
        return board, [
            (
                column,
                link(view=DAY, date=column.day, specialist=None, page=None),
                link(view=WEEK, date=column.day, specialist=column.specialist.pk, page=None),
            )
            for column in board.columns
        ]


def matching(given):
    """The specialists whom the filters leave, by name."""
    rows = Specialist.objects.all()
    if pk := given.get("specialist"):
        rows = rows.filter(pk=pk)
    for word in given.get("q", "").split():
        rows = rows.filter(name__icontains=word)
    if specialization := given.get("specialization"):
        rows = rows.filter(specialization=specialization)
    if service := given.get("service"):
        rows = rows.filter(services=service)
    return rows.order_by("name", "pk")


def address(given, **changes):
    """The query of an address: what is given, but for `changes`; None leaves out."""
    wanted = {**given, **changes}
    texts = {
        name: "on" if value is True else getattr(value, "pk", value)
        for name, value in wanted.items()
        if value is not None
    }
    return f"?{urlencode(texts)}"
