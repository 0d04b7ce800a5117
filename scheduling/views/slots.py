"""The earliest free time of several specialists."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.db.replicas import from_replica
from scheduling import queries
from scheduling.models import Specialist
from scheduling.serializers import EarliestSlotsQuerySerializer, EarliestSlotsSerializer


class SlotViewSet(StrictParametersMixin, viewsets.ViewSet):
    """Who is free first."""

    permission_classes = [AllowAny]
    throttle_scope = "search"
    query_parameters = {"list": EarliestSlotsQuerySerializer().fields.keys()}

    @extend_schema(parameters=[EarliestSlotsQuerySerializer], responses=EarliestSlotsSerializer)
    @from_replica
    def list(self, request):
        """The earliest slots of all matching specialists, by start and then by name."""
        query = EarliestSlotsQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        service, zone = asked.get("service"), asked["zone"]
        found = queries.earliest_slots(
            queries.able_in_brief(self._matching(asked), service),
            service,
            start=asked["start"],
            end=asked["end"],
            now=timezone.now(),
            limit=asked["limit"],
        )
        return Response(
            {
                "service": str(service.pk) if service else None,
                "time_zone": str(zone),
                "slots": [
                    {
                        "starts_at": slot.starts_at.astimezone(zone).isoformat(),
                        "ends_at": slot.ends_at.astimezone(zone).isoformat(),
                        "specialist": {"id": str(person.pk), "name": person.name},
                    }
                    for slot, person in found
                ],
            }
        )

    @staticmethod
    def _matching(asked):
        rows = Specialist.objects.active()
        if "specialization" in asked:
            rows = rows.filter(specialization__icontains=asked["specialization"])
        if "language" in asked:
            rows = rows.speaking(asked["language"])
        return rows
