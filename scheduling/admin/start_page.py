"""The start page of the back office: what a front desk has open all day. Settings name it."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from coachbot.admin.panels import start_panels
from scheduling import figures
from scheduling.admin.bookings import COLOURS
from scheduling.models import BookingStatus

WEEKS = 8
# More are a link away: the page stays one that can be read.
WAITING_SHOWN = 10
PEOPLE_SHOWN = 30

PAST, RUNNING, COMING = "past", "running", "coming"
# What a bar of the chart looks like: as the badge of the status does.
HUES = {
    BookingStatus.COMPLETED: "var(--color-green-500)",
    BookingStatus.CONFIRMED: "var(--color-blue-500)",
    BookingStatus.PENDING: "var(--color-orange-400)",
    BookingStatus.NO_SHOW: "var(--color-primary-500)",
    BookingStatus.CANCELLED: "var(--color-red-400)",
}
AXIS = {"border": {"width": 0}, "ticks": {"color": "#9ca3af", "precision": 0}}
LEGEND = {"align": "start", "labels": {"boxHeight": 8, "boxWidth": 8, "color": "#9ca3af"}}


def chart_options(legend):
    return json.dumps(
        {
            "animation": False,
            "maintainAspectRatio": False,
            "maxBarThickness": 28,
            "plugins": {"legend": legend},
            "scales": {
                "x": {**AXIS, "stacked": True, "grid": {"display": False}},
                "y": {**AXIS, "stacked": True, "beginAtZero": True, "grid": {}},
            },
        }
    )


def start_page(request, context):
    """Add the figures for whoever may see bookings; the others get the list of what they may do."""
    if request.user.has_perm("scheduling.view_booking"):
        context["start"] = StartPage(request.user, now=timezone.now()).figures()
        context["panels"] = start_panels(request)
        context["title"] = "Today"
    return context


class StartPage:
    """Days and weeks are those of the viewer's zone, times those of the specialist's."""

    def __init__(self, user, *, now):
        self.user, self.now, self.zone = user, now, user.time_zone
        self.today = figures.day_at(now, self.zone)
        # Once and not for hundreds of rows.
        self.list = reverse("admin:scheduling_booking_changelist")
        self.badges = {status: badge(status) for status in BookingStatus}

    def figures(self):
        people = figures.specialists_at_work()
        weeks = figures.weeks_until(self.now, self.zone, number=WEEKS)
        return {
            "now": f"{self.now.astimezone(self.zone):%A %d %B %Y, %H:%M}",
            "zone": str(self.zone),
            "today": self._today(figures.bookings_of(self.today)),
            "waiting": self._waiting(),
            "free": self._free(people),
            "weeks": self._weeks(figures.figures_of(weeks, people)),
            "coming": bookings(starts_at_from=self.today.last + figures.DAY),
            "add_hours": self._add_page("availability"),
            "add_specialist": self._add_page("specialist"),
        }

    def _add_page(self, model):
        if not self.user.has_perm(f"scheduling.add_{model}"):
            return None
        return reverse(f"admin:scheduling_{model}_add")

    # --- Today ---------------------------------------------------------------------------------

    def _today(self, rows):
        by_specialist = defaultdict(list)
        for row in rows:
            by_specialist[row.specialist].append(row)
        groups = sorted(by_specialist.items(), key=lambda group: (group[0].name, group[0].pk))
        shown = groups[:PEOPLE_SHOWN]
        return {
            "number": len(rows),
            "link": bookings(**within(self.today)),
            "statuses": self._statuses(rows),
            "groups": [self._group(specialist, theirs) for specialist, theirs in shown],
            "more": len(groups) - len(shown),
        }

    def _statuses(self, rows):
        numbers = {status: sum(row.status == status for row in rows) for status in BookingStatus}
        return [
            {
                "number": number,
                "label": status.label.lower(),
                "link": bookings(**within(self.today), status__exact=status.value),
            }
            for status, number in numbers.items()
            if number
        ]

    def _group(self, specialist, rows):
        lines = [self._line(row) for row in rows]
        coming = [line for line in lines if line["when"] == COMING]
        if coming and not any(line["when"] == RUNNING for line in lines):
            coming[0]["after_now"] = True
        return {
            "name": specialist.name,
            "zone": self._foreign(specialist.time_zone),
            "number": len(rows),
            "link": bookings(**within(self.today), specialist__id__exact=specialist.pk),
            "lines": lines,
            "clock": f"{self.now.astimezone(specialist.time_zone):%H:%M}",
            "over": all(line["when"] == PAST for line in lines),
        }

    def _line(self, row):
        zone = row.specialist.time_zone
        begin, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return {
            "time": f"{begin:%H:%M}–{end:%H:%M}",
            "day": f"{begin:%a %d %b}" if begin.date() != self.today.first else "",
            "client": row.client_name,
            "service": row.service.name if row.service else "No service",
            "status": self.badges[row.status],
            "link": f"{self.list}calendar/{row.pk}/",
            "when": self._when(row),
            "off": row.status == BookingStatus.CANCELLED,
        }

    def _when(self, row):
        if row.ends_at <= self.now:
            return PAST
        begun = row.starts_at <= self.now and row.status != BookingStatus.CANCELLED
        return RUNNING if begun else COMING

    def _foreign(self, zone):
        """The name of `zone`, where it is not the viewer's own."""
        return "" if str(zone) == str(self.zone) else str(zone)

    # --- What waits, and what is free ----------------------------------------------------------

    def _waiting(self):
        found = figures.waiting_from(self.today.start, limit=WAITING_SHOWN)
        link = bookings(status__exact=BookingStatus.PENDING.value, starts_at_from=self.today.first)
        return {
            "number": found.number,
            "link": link,
            "lines": [self._request(row) for row in found.first],
            "more": found.number - len(found.first),
        }

    def _request(self, row):
        begin = row.starts_at.astimezone(row.specialist.time_zone)
        return {
            **self._line(row),
            "time": f"{begin:%a %d %b, %H:%M}",
            "specialist": row.specialist.name,
            "zone": self._foreign(row.specialist.time_zone),
            "overdue": row.starts_at <= self.now,
        }

    def _free(self, people):
        found = figures.free_until(self.today.end, people, now=self.now)
        return {
            "anybody": bool(people),
            "more": max(len(found) - PEOPLE_SHOWN, 0),
            "lines": [self._free_person(each) for each in found[:PEOPLE_SHOWN]],
        }

    def _free_person(self, free):
        person, link = free.specialist, None
        if self.user.has_perm("scheduling.view_specialist"):
            link = reverse("admin:scheduling_specialist_change", args=[person.pk])
        return {
            "name": person.name,
            "zone": self._foreign(person.time_zone),
            "time": hours_and_minutes(free.seconds),
            "spans": ", ".join(clock(person, span) for span in free.spans),
            "link": link,
        }

    # --- Weeks ---------------------------------------------------------------------------------

    def _weeks(self, found):
        return {
            "any": any(week.numbers for week in found),
            "lines": [self._week(week) for week in found],
            "statuses": [status.label for status in HUES],
            "missed": self._missed(found[-1]),
            "chart": self._bars(found),
            "options": chart_options(LEGEND),
            "use_chart": self._bars_of_use(found),
            "use_options": chart_options({"display": False}),
        }

    def _bars(self, found):
        bars = [
            {
                "label": status.label,
                "backgroundColor": hue,
                "data": [week.numbers.get(status, 0) for week in found],
            }
            for status, hue in HUES.items()
        ]
        return json.dumps({"labels": mondays(found), "datasets": bars})

    def _bars_of_use(self, found):
        bars = {
            "label": "Booked, in % of open time",
            "backgroundColor": "var(--color-primary-500)",
            "data": [percent(week) for week in found],
        }
        return json.dumps({"labels": mondays(found), "datasets": [bars]})

    def _week(self, week):
        days, share = within(week.days), percent(week)
        return {
            "name": f"{week.days.first:%d %b} – {week.days.last:%d %b}",
            "number": sum(week.numbers.values()),
            "link": bookings(**days),
            "cells": [
                {
                    "number": week.numbers.get(status, 0),
                    "link": bookings(**days, status__exact=status.value),
                }
                for status in HUES
            ],
            "use": None if share is None else f"{share} %",
            "hours": f"{hours_and_minutes(week.booked_seconds)} booked"
            f" of {hours_and_minutes(week.open_seconds)} open",
        }

    def _missed(self, week):
        """Of this week: who will not come, and who did not."""
        return [
            {
                "number": week.numbers.get(status, 0),
                "label": label,
                "link": bookings(**within(week.days), status__exact=status.value),
            }
            for status, label in (
                (BookingStatus.CANCELLED, "Cancelled this week"),
                (BookingStatus.NO_SHOW, "No-shows this week"),
            )
        ]


def bookings(**filters):
    """The list of bookings with exactly these filters."""
    return f"{reverse('admin:scheduling_booking_changelist')}?{urlencode(filters)}"


def within(days):
    return {"starts_at_from": days.first, "starts_at_to": days.last}


def badge(status):
    look = {"text": status.label, "variant": COLOURS[status], "size": "md"}
    return render_to_string("unfold/helpers/label.html", look)


def clock(specialist, span):
    """`span` on the wall clock of `specialist`."""
    begin, end = (
        datetime.fromtimestamp(at, UTC).astimezone(specialist.time_zone)
        for at in (span.start, span.end)
    )
    return f"{begin:%H:%M}–{end:%H:%M}"


def hours_and_minutes(seconds):
    hours, minutes = divmod(timedelta(seconds=seconds) // timedelta(minutes=1), 60)
    parts = [f"{hours:,} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or not hours)
    return " ".join(parts)


def mondays(weeks):
    return [f"{week.days.first:%d %b}" for week in weeks]


def percent(week):
    """None where nothing was open: nothing to be a share of."""
    return round(100 * week.booked_seconds / week.open_seconds) if week.open_seconds else None
