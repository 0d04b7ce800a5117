"""What has to be set before mails go out."""

import pytest

from coachbot.notifications.checks import check_site_url

SMTP, CONSOLE = (f"django.core.mail.backends.{name}.EmailBackend" for name in ("smtp", "console"))


@pytest.mark.parametrize(
    ("backend", "url", "found"),
    [
        (SMTP, "", ["notifications.E001"]),
        (SMTP, "https://booking.example.com", []),
        (CONSOLE, "", []),
        ("anymail.backends.mailgun.EmailBackend", "", ["notifications.E001"]),
    ],
)
def test_mails_that_go_out_must_know_where_the_site_is(settings, backend, url, found):
    settings.EMAIL_BACKEND, settings.SITE_URL = backend, url

    assert [each.id for each in check_site_url()] == found
