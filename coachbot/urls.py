"""Every address there is."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from coachbot import exposition, health
from coachbot.api.docs import RedocView, SchemaView, SwaggerView
from coachbot.api.errors import not_found, server_error

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=static("coachbot/favicon.svg"))),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("", include("coachbot.notifications.urls")),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", exposition.metrics, name="metrics"),
    path("api/v1/schema/", SchemaView.as_view(), name="schema"),
    path("api/v1/docs/", SwaggerView.as_view(), name="docs"),
    path("api/v1/redoc/", RedocView.as_view(), name="redoc"),
    path("api/v1/", include("coachbot.me.urls")),
    path("api/v1/", include("scheduling.urls")),
    path("api/v1/", include("feedback.urls")),
    path("api/v1/", include("audit.urls")),
    path("api/v1/", include("coachbot.chat.urls")),
    path("", include("coachbot.feeds.urls")),
    re_path("^(api|_allauth)/", not_found),
]
handler500 = server_error
