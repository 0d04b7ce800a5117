"""The page about one specialist's feedback."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from coachbot.admin.panels import Link
from feedback import figures
from feedback.admin import charts
from scheduling.models import Specialist

MONTHS = 12
PAGE = "feedback_feedback_statistics"


def link_to_statistics(specialist):
    return Link("Feedback in numbers", reverse(f"admin:{PAGE}", args=[specialist.pk]))


class StatisticsMixin:
    """Adds the page to the admin of feedback, for whoever may view it."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.statistics_view)
        return [path("statistics/<uuid:pk>/", view, name=PAGE), *super().get_urls()]

    def statistics_view(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        specialist = get_object_or_404(Specialist.everything, pk=pk)
        zone = request.user.time_zone
        found = figures.standing_of(specialist, now=timezone.now(), zone=zone, months=MONTHS)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "specialist": specialist,
            "may_see_specialist": request.user.has_perm("scheduling.view_specialist"),
            "standing": document(specialist, found, zone),
            "title": f"Feedback on {specialist}",
        }
        return TemplateResponse(request, "admin/feedback/statistics.html", context)


def document(specialist, found, zone):
    """What the template shows of a `Standing`."""
    months, ratings = zip(*found.months, strict=True)
    labels = [f"{month.first:%b %y}" for month in months]
    page = reverse("admin:feedback_feedback_changelist")
    here = f"{page}?specialist__id__exact={specialist.pk}"
    return {
        "any": bool(found.ratings.number or found.hidden),
        "average": charts.mean(found.ratings),
        "figures": [
            {"number": found.ratings.number, "label": "ratings", "link": f"{here}&hidden=no"},
            {"number": found.hidden, "label": "hidden", "link": f"{here}&hidden=yes"},
            {"number": completed_share(found), "label": "of completed bookings rated"},
        ],
        "lines": [line_of(stars, found.ratings, here) for stars in reversed(charts.STARS)],
        "averages_chart": charts.averages_chart(labels, ratings),
        "averages_options": charts.AVERAGES,
        "numbers_chart": charts.numbers_chart(labels, ratings),
        "numbers_options": charts.BARS,
        "distribution_chart": charts.distribution_chart(found.ratings),
        "distribution_options": charts.PLAIN_BARS,
        "latest": [comment_of(each, zone) for each in found.latest],
        "completed": found.completed,
        "link": here,
    }


def completed_share(found):
    share = found.rated_share
    rated = found.ratings.number + found.hidden
    return "–" if share is None else f"{share:.0%} ({rated} of {found.completed})"


def line_of(stars, ratings, here):
    number = ratings.numbers.get(stars, 0)
    return {
        "name": charts.plural(stars),
        "number": number,
        "share": f"{number / ratings.number:.0%}" if ratings.number else "–",
        "link": f"{here}&hidden=no&rating__exact={stars}",
    }


def comment_of(feedback, zone):
    return {
        "stars": feedback.get_rating_display(),
        "rating": feedback.rating,
        "comment": feedback.comment,
        "reply": feedback.reply,
        "author": feedback.author or "Somebody",
        "reference": feedback.booking.reference,
        "day": f"{feedback.created_at.astimezone(zone):%d %b %Y}",
        "is_hidden": feedback.is_hidden,
        "link": reverse("admin:feedback_feedback_change", args=[feedback.pk]),
    }
