from django.urls import path

from coachbot.me.views import ExportView, MeView

urlpatterns = [
    path("me/", MeView.as_view(), name="me"),
    path("me/export/", ExportView.as_view(), name="me-export"),
]
