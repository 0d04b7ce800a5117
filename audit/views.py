from rest_framework import mixins, viewsets

from audit.filters import AdminLogFilter
from audit.models import AdminLog
from audit.permissions import MayReadLog
from audit.serializers import AdminLogSerializer
from coachbot.api.filters import StrictParametersMixin
from coachbot.api.pagination import Cursors
from coachbot.api.requests import UUID_REGEX


class AdminLogViewSet(
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """What staff, specialists and the system did, newest first; for staff who may read it."""

    queryset = AdminLog.objects.select_related("person")
    serializer_class = AdminLogSerializer
    filterset_class = AdminLogFilter
    pagination_class = Cursors
    permission_classes = [MayReadLog]
    ordering = ("-sequence",)
    lookup_value_regex = UUID_REGEX
