"""Who may do what. Which rows somebody may see is the querysets' business."""

from rest_framework.permissions import SAFE_METHODS, BasePermission


class StaffWrite(BasePermission):
    """Everyone reads, staff write."""

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or _is_staff(request.user)


class StaffOrOwnProfile(BasePermission):
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

    def has_permission(self, request, view):
        return request.user.is_authenticated or "X-Manage-Token" in request.headers


def _is_staff(user):
    return user.is_authenticated and user.is_staff
