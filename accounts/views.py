"""The devices on which one is signed in, at the address and in the shape of django-allauth's own
extension, whose table we do not use."""

from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse
from django.contrib.auth import logout
from django.utils import timezone

from accounts.models import UserSession


class SelectSessionsInput(inputs.Input):
    sessions = inputs.ModelMultipleChoiceField(queryset=UserSession.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sessions"].queryset = live_sessions(user)


class SessionsView(AuthenticatedAPIView):
    """GET lists one's own sessions; DELETE ends those that it names, this one too if it does."""

    input_class = {"DELETE": SelectSessionsInput}

    def get_input_kwargs(self):
        return {"user": self.request.user}

    def get(self, request, *args, **kwargs):
        return self._list()

    def delete(self, request, *args, **kwargs):
        current = request.session.row.pk
        chosen = {session.pk for session in self.input.cleaned_data["sessions"]}
        UserSession.objects.filter(pk__in=chosen).end()
        if current in chosen:
            logout(request)
            return AuthenticationResponse(request)
        return self._list()

    def _list(self):
        current = self.request.session.row.pk
        rows = live_sessions(self.request.user)
        return APIResponse(self.request, data=[document(row, current) for row in rows])


def live_sessions(user):
    return UserSession.objects.live(timezone.now()).filter(user=user)


def document(row, current):
    return {
        "id": str(row.pk),
        "user_agent": row.user_agent,
        "ip": row.ip_address,
        "created_at": row.created_at.timestamp(),
        "last_seen_at": row.last_seen_at.timestamp(),
        "expires_at": row.expires_at.timestamp(),
        "is_current": row.pk == current,
    }
