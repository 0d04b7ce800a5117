"""What the start page shows of feedback."""

from collections import Counter
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from coachbot.admin.panels import Panel
from feedback import figures
from feedback.admin import charts
from feedback.figures import Ratings
from scheduling.admin.start_page import WEEKS
from scheduling.figures import weeks_until


def start_panel(request):
    """The ratings of the last weeks, for whoever may see feedback."""
    user = request.user
    if not user.has_perm("feedback.view_feedback"):
        return None
    weeks = weeks_until(timezone.now(), user.time_zone, number=WEEKS)
    return Panel("admin/feedback/start_panel.html", panel_of(figures.ratings_of(weeks)))


def panel_of(found):
    """`found`: weeks and what was given in them."""
    weeks, ratings = zip(*found, strict=True)
    labels = [f"{week.first:%d %b}" for week in weeks]
    whole = Ratings(sum((Counter(each.numbers) for each in ratings), Counter()))
    return {
        "any": bool(whole.number),
        "weeks": len(weeks),
        "number": whole.number,
        "average": charts.mean(whole),
        "link": feedback_list(weeks[0].first, weeks[-1].last),
        "lines": [line_of(*each) for each in found],
        "numbers_chart": charts.numbers_chart(labels, ratings),
        "numbers_options": charts.BARS,
        "averages_chart": charts.averages_chart(labels, ratings),
        "averages_options": charts.AVERAGES,
    }


def line_of(week, ratings):
    return {
        "name": f"{week.first:%d %b} – {week.last:%d %b}",
        "number": ratings.number,
        "average": charts.mean(ratings),
        "link": feedback_list(week.first, week.last),
    }


def feedback_list(first, last, **filters):
    """The list of what is visible and was given on these days."""
    days = {"created_at_from": first, "created_at_to": last, "hidden": "no"}
    return f"{reverse('admin:feedback_feedback_changelist')}?{urlencode({**days, **filters})}"
