"""What a person does with their own account."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import attempts
from accounts.services import change_profile
from coachbot.api.filters import refuse_unknown_parameters
from coachbot.me.erasure import erase
from coachbot.me.export import export
from coachbot.me.serializers import ErasureSerializer, MeSerializer


class OwnView(APIView):
    permission_classes = [IsAuthenticated]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, ())


class MeView(OwnView):
    @extend_schema(responses=MeSerializer)
    def get(self, request):
        """Who I am."""
        return Response(MeSerializer(request.user).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request):
        """Change my name, phone, time zone or language."""
        given = MeSerializer(request.user, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        user = change_profile(user=request.user, **given.validated_data)
        return Response(MeSerializer(user).data)

    @extend_schema(request=ErasureSerializer, responses={204: None})
    def delete(self, request):
        """Erase what is stored of me. My past bookings stay, and name nobody."""
        given = ErasureSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_password(request, given.validated_data["password"])
        erase(user=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(OwnView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request):
        """Everything stored of me, as one document."""
        headers = {"Content-Disposition": 'attachment; filename="coachbot.json"'}
        return Response(export(request, now=timezone.now()), headers=headers)


def require_password(request, password):
    """Raise ValidationError for the wrong one, and Throttled where it is tried too often."""
    try:
        attempt = attempts.begin(request, {"username": request.user.username})
    except attempts.TooMany as refusal:
        raise Throttled(refusal.seconds) from None
    if not request.user.check_password(password):
        raise ValidationError({"password": "This is not your password."}, code="incorrect_password")
    attempt.succeeded()
