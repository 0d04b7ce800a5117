"""Who may do what. Which rows somebody may see is the querysets' business."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from scheduling.models import Specialist


class PublicToRead(BasePermission):
    def other_ways_in(self, method):
        """For the API's description: reading needs no token."""
        return [{}] if method in SAFE_METHODS else []


class StaffWrite(PublicToRead):
    """Everyone reads, staff write."""

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or _is_staff(request.user)


class StaffOrOwnProfile(PublicToRead):
    """Everyone reads, staff write, and a specialist changes their own profile."""

    def has_permission(self, request, view):
        if request.method in SAFE_METHODS or _is_staff(request.user):
            return True
        return view.action == "partial_update" and request.user.is_authenticated

    def has_object_permission(self, request, view, obj):
        if request.method in SAFE_METHODS or _is_staff(request.user):
            return True
        return obj.user_id == request.user.pk


class SignedInOrManageToken(BasePermission):
    """Users, and guests who bring the token of their booking."""

    def other_ways_in(self, method):
        """For the API's description."""
        return [{"manageToken": []}]

    def has_permission(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers


def _is_staff(user):
    return user.is_authenticated and user.is_staff


class RunsBooking(BasePermission):
    """Staff, and the specialist of the booking; its client may see it but not do this."""

    def has_permission(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers

    def has_object_permission(self, request, view, obj):
        if not request.user.is_authenticated:
            raise PermissionDenied  # the guest is known: to sign in would not help
        return _is_staff(request.user) or obj.specialist.user_id == request.user.pk


class StaffOrSpecialist(BasePermission):
    """Staff, and whoever is a specialist: what clients need of hours is in the slots."""

    def has_permission(self, request, view):
        user = request.user
        return user.is_authenticated and (
            user.is_staff or Specialist.objects.filter(user=user).exists()
        )
