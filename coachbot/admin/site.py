"""The back office's site."""

from unfold.sites import UnfoldAdminSite

# Apps of others whose tables are about our people: one heading instead of three.
JOINS = {"account": "accounts", "auth": "accounts"}


class StaffSite(UnfoldAdminSite):
    """Open to active users of the type staff."""

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        by_label = {app["app_label"]: app for app in apps}
        for label, home in JOINS.items():
            if label in by_label and home in by_label:
                by_label[home]["models"] += by_label.pop(label)["models"]
        return list(by_label.values())
