from django.urls import path

from coachbot.notifications.views import BookingPage, UnsubscribePage

urlpatterns = [
    path("mail/booking/", BookingPage.as_view(), name="mail-booking"),
    path("mail/unsubscribe/", UnsubscribePage.as_view(), name="mail-unsubscribe"),
]
