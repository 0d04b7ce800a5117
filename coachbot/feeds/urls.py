from django.urls import path

from coachbot.feeds.views import MyCalendarFeedView, feed_view

urlpatterns = [
    path("calendar/<str:secret>.ics", feed_view, name="calendar-feed"),
    path("api/v1/me/calendar-feed/", MyCalendarFeedView.as_view(), name="me-calendar-feed"),
]
