"""The back office's site."""

from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    """Open to active users of the type staff."""
