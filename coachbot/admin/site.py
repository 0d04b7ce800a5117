"""The back office's site."""

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from unfold.sites import UnfoldAdminSite

from coachbot import second_factor

# Apps of others whose tables are about our people: one heading instead of three.
JOINS = {"account": "accounts", "auth": "accounts", "mfa": "accounts"}

# What a reception has open all day; the others follow by name.
FIRST = "scheduling"


class StaffSite(UnfoldAdminSite):
    """Open to active users of the type staff, who come in through the same door as everybody:
    allauth's, with its limits, and with their second factor where that is demanded."""

    def has_permission(self, request):
        return super().has_permission(request) and not second_factor.is_missing(
            request.user, request.session
        )

    def login(self, request, extra_context=None):
        """No form of its own: on to what is still missing."""
        user = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            raise PermissionDenied("The back office is for staff.")
        if self.has_permission(request):
            return redirect(_destination(request))
        step = _next_step(user)
        return redirect(f"{resolve_url(step)}?{urlencode({'next': _destination(request)})}")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            pages = [link for entry in app["models"] for link in self._pages(request, entry)]
            app["models"] = [*pages, *app["models"]]
        if app_label is not None:
            return apps
        by_label = {app["app_label"]: app for app in apps}
        for label, home in JOINS.items():
            if label in by_label and home in by_label:
                by_label[home]["models"] += by_label.pop(label)["models"]
        return sorted(by_label.values(), key=lambda app: app["app_label"] != FIRST)

    def _pages(self, request, entry):
        """The pages that the admin of a table has beside its list: its `menu_links`."""
        links = getattr(self._registry[entry["model"]], "menu_links", None)
        for name, address in links(request) if links else ():
            yield {
                **entry,
                "name": name,
                "object_name": name,
                "admin_url": address,
                "add_url": None,
            }


def _next_step(user):
    if not user.is_authenticated:
        return "account_login"
    return "mfa_reauthenticate" if is_mfa_enabled(user) else "mfa_activate_totp"


def _destination(request):
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("admin:index")
