from django.urls import path

from coachbot.notifications.views import BookingPage, OfferPage, UnsubscribePage

urlpatterns = [
    path("mail/booking/", BookingPage.as_view(), name="mail-booking"),
    path("mail/offer/", OfferPage.as_view(), name="mail-offer"),
    path("mail/unsubscribe/", UnsubscribePage.as_view(), name="mail-unsubscribe"),
]
