"""Who may do what. Which rows somebody may see is the querysets' business.

Staff act by Django's permissions, here as in the back office; clients, specialists and guests by
what they are to a row.
"""

from django.contrib.auth import get_permission_codename
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from scheduling.models import Specialist

# What staff need for each action; to read, `view`, and for any other, `change`.
RIGHTS = {"create": "add", "destroy": "delete", "restore": "delete"}


class StaffByPermission(BasePermission):
    """Staff need the permission, also for what is their own; a subclass says what others may."""

    def has_permission(self, request, view):
        if _is_staff(request.user):
            return request.user.has_perm(permission_for(request, view))
        return self.lets_others(request, view)

    def has_object_permission(self, request, view, obj):
        return _is_staff(request.user) or self.lets_others_have(request, obj)

    def lets_others(self, request, view):
        return request.user.is_authenticated

    def lets_others_have(self, request, obj):
        return True


class Anybody(StaffByPermission):
    """Guests too."""

    def other_ways_in(self, method):
        """For the API's description."""
        return [{}]

    def lets_others(self, request, view):
        return True


class SignedInOrManageToken(StaffByPermission):
    """Users, and guests who bring the token of their booking."""

    def other_ways_in(self, method):
        """For the API's description."""
        return [{"manageToken": []}]

    def lets_others(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers


class RunsBooking(StaffByPermission):
    """The specialist of the booking; its client may see it but not do this."""

    def lets_others(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers

    def lets_others_have(self, request, obj):
        if not request.user.is_authenticated:
            raise PermissionDenied  # the guest is known: to sign in would not help
        return obj.specialist.user_id == request.user.pk


class Waits(StaffByPermission):
    """Who waits, a guest with the token; the specialist may see it but not do this."""

    def other_ways_in(self, method):
        """For the API's description."""
        return [{"manageToken": []}]

    def lets_others(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers

    def lets_others_have(self, request, obj):
        token = request.headers.get("X-Manage-Token", "")
        user = request.user
        return (user.is_authenticated and obj.client_id == user.pk) or obj.is_opened_by(token)


class StaffOrSpecialist(StaffByPermission):
    """Whoever is a specialist: what clients need of hours is in the slots."""

    def lets_others(self, request, view):
        user = request.user
        return user.is_authenticated and Specialist.objects.filter(user=user).exists()


class StaffWrite(StaffByPermission):
    """Everyone reads what is public, staff write."""

    def other_ways_in(self, method):
        """For the API's description: reading needs no token."""
        return [{}] if method in SAFE_METHODS else []

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or super().has_permission(request, view)

    def has_object_permission(self, request, view, obj):
        return request.method in SAFE_METHODS or super().has_object_permission(request, view, obj)

    def lets_others(self, request, view):
        return False


class StaffOrOwnProfile(StaffWrite):
    """As StaffWrite, and a specialist changes their own profile."""

    def lets_others(self, request, view):
        return view.action == "partial_update" and request.user.is_authenticated

    def lets_others_have(self, request, obj):
        return obj.user_id == request.user.pk


def permission_for(request, view):
    """Django's name of what staff need for this request."""
    reads = request.method in SAFE_METHODS
    right = "view" if reads else RIGHTS.get(view.action, "change")
    table = view.queryset.model._meta
    return f"{table.app_label}.{get_permission_codename(right, table)}"


def _is_staff(user):
    return user.is_authenticated and user.is_staff
