from rest_framework.permissions import BasePermission


class MayReadLog(BasePermission):
    def has_permission(self, request, view):
        user = request.user
        return user.is_authenticated and user.is_staff and user.has_perm("audit.view_adminlog")
