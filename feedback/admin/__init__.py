"""The back office of feedback."""

from coachbot.admin import panels
from feedback.admin.lists import FeedbackAdmin
from feedback.admin.start_panel import start_panel
from feedback.admin.statistics import link_to_statistics
from scheduling.models import Specialist

panels.on_start_page(start_panel)
panels.on_page_of(Specialist, link_to_statistics)

__all__ = ["FeedbackAdmin"]
