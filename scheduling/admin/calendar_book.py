"""Booking for a client who is on the phone."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.admin.calendar_forms import BookForm, WhatForm
from scheduling.admin.calendar_people import find_people, person_of
from scheduling.admin.wall_clock import in_zone
from scheduling.models import Specialist
from scheduling.queries import Wish
from scheduling.slots import Refusal


class BookPage:
    """The address says what and when, the form for whom."""

    def book_view(self, request):
        now, specialist = timezone.now(), self._specialist(request)
        what = WhatForm(request.GET, specialist=specialist)
        known = what.is_valid()
        wish = Wish(specialist, what.cleaned_data.get("service"))
        if request.method != "POST" or not known:
            at = what.cleaned_data["at"] if known else None
            return self._ask(request, wish, at, now=now, what=what, form=BookForm())
        form, person = BookForm(request.POST), self._chosen(request)
        if self._is_complete(form, person):
            try:
                booked = self._book(request, wish, form.cleaned_data, person, now)
            except DomainError as refusal:
                self.message_user(request, f"Not booked. {refusal}", messages.ERROR)
            else:
                return self._booked(request, booked.booking)
        at = form.cleaned_data.get("starts_at")
        return self._ask(request, wish, at, now=now, what=what, form=form)

    def people_view(self, request):
        """The people found, for the page that asks while somebody types."""
        return self.show(request, "calendar_people", people=self._found(request), q=_text(request))

    def _ask(self, request, wish, at, *, now, what, form):
        reasons = queries.why_not_for_staff(wish, at, now=now) if at else []
        codes = {reason.code for reason in reasons}
        never = codes & {queries.INACTIVE.code, queries.NOT_OFFERED.code}
        taken = Refusal.TAKEN in codes
        nearest = queries.nearest_slots(wish, at, now=now) if at and reasons else []
        person = self._chosen(request)
        zone = wish.specialist.time_zone
        return self.show(
            request,
            "calendar_book",
            title=f"Book {wish.specialist}",
            alternatives=[(slot.starts_at, *in_zone(slot.starts_at, zone)) for slot in nearest],
            at=at,
            back=request.GET.get("back", ""),
            back_to=calendar_address(request),
            chosen=form.data.get("who", ""),
            form=form,
            held=queries.HELD in codes,
            may_overrule=bool(reasons) and not (taken or never),
            people=[person] if person else self._found(request),
            q=_text(request),
            reasons=reasons,
            taken=taken,
            terms=queries.terms_of(wish),
            what=what if what.errors else what.at(at),
            when=in_zone(at, zone) if at else None,
            when_here=in_zone(at, request.user.time_zone) if at else None,
            wish=wish,
        )

    def _book(self, request, wish, given, person, now):
        new = services.Contact(given["name"], given["email"], given["phone"])
        order = {
            "wish": wish,
            "starts_at": given["starts_at"],
            "client": person.client if person else None,
            "contact": person.contact if person else new,
            "actor": request.user,
            "notes": given["notes"],
            "now": now,
        }
        if "take_back" in request.POST:
            return services.book_over_hold(reason=given["reason"], **order)
        if "anyway" in request.POST:
            return services.book_outside_hours(reason=given["reason"], **order)
        return services.book(**order)

    def _booked(self, request, booking):
        begin, zone = in_zone(booking.starts_at, booking.specialist.time_zone)
        text = f"Booked {begin} ({zone}) with {booking.specialist} for {booking.client_name}:"
        self.message_user(request, f"{text} reference {booking.reference}.", messages.SUCCESS)
        return HttpResponseRedirect(calendar_address(request, booking.starts_at))

    @staticmethod
    def _is_complete(form, person):
        if form.is_valid() and form.cleaned_data["who"] != BookForm.NEW and person is None:
            form.add_error("who", "This person is not there any more: search again.")
        return form.is_valid()

    @staticmethod
    def _specialist(request):
        try:
            return get_object_or_404(Specialist, pk=request.GET.get("specialist"))
        except ValidationError as error:
            raise Http404 from error

    @staticmethod
    def _chosen(request):
        return person_of(request.POST.get("who", ""), users=may_see_users(request))

    @staticmethod
    def _found(request):
        return find_people(_text(request), users=may_see_users(request))


def may_see_users(request):
    return request.user.has_perm("accounts.view_user")


def calendar_address(request, at=None):
    """Back to where one was in the calendar, as the page that led here said; on the day of `at`."""
    given = QueryDict(request.GET.get("back", ""), mutable=True)
    if at is not None:
        given["date"] = at.astimezone(request.user.time_zone).date().isoformat()
    return f"{reverse('admin:scheduling_booking_calendar')}?{given.urlencode()}"


def _text(request):
    """What was searched for: by the page, or before the form was sent."""
    return request.POST.get("q") or request.GET.get("q", "")
