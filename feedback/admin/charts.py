"""Ratings as charts: JSON that the page's own script draws."""

import json

from feedback.models import HIGHEST, LOWEST
from scheduling.admin.start_page import AXIS, LEGEND, chart_options

# From bad to good, as the badges of the list.
HUES = {
    1: "var(--color-red-400)",
    2: "var(--color-orange-400)",
    3: "var(--color-base-400)",
    4: "var(--color-blue-500)",
    5: "var(--color-green-500)",
}
STARS = range(LOWEST, HIGHEST + 1)
BARS = chart_options(LEGEND)
PLAIN_BARS = chart_options({"display": False})
AVERAGES = json.dumps(
    {
        "animation": False,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {**AXIS, "grid": {"display": False}, "offset": True},
            "y": {
                **AXIS,
                "min": LOWEST,
                "max": HIGHEST,
                "ticks": {"color": "#9ca3af", "stepSize": 1},
            },
        },
    }
)


def numbers_chart(labels, found):
    """How many ratings of each number of stars."""
    bars = [
        {
            "label": plural(stars),
            "backgroundColor": HUES[stars],
            "data": [each.numbers.get(stars, 0) for each in found],
        }
        for stars in reversed(STARS)
    ]
    return json.dumps({"labels": labels, "datasets": bars})


def averages_chart(labels, found):
    """A line that spans what nobody rated."""
    line = {
        "label": "Average rating",
        "borderColor": "var(--color-primary-500)",
        "backgroundColor": "var(--color-primary-500)",
        "borderWidth": 2,
        "clip": False,
        "pointRadius": 4,
        "spanGaps": True,
        "data": [None if each.average is None else round(each.average, 2) for each in found],
    }
    return json.dumps({"labels": labels, "datasets": [line]})


def distribution_chart(ratings):
    bars = {
        "label": "Ratings",
        "backgroundColor": [HUES[stars] for stars in STARS],
        "data": [ratings.numbers.get(stars, 0) for stars in STARS],
    }
    return json.dumps({"labels": [plural(stars) for stars in STARS], "datasets": [bars]})


def plural(stars):
    return f"{stars} star" if stars == 1 else f"{stars} stars"


def mean(ratings):
    return "–" if ratings.average is None else f"{ratings.average:.1f}"
