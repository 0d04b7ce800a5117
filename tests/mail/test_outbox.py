"""Mail: stored with its cause, sent once, and at most once more."""

from datetime import timedelta

import pytest
from anymail.exceptions import AnymailAPIError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from coachbot.jobs.models import Task
from coachbot.mail import outbox, sending
from coachbot.mail.models import Mail
from coachbot.mail.tasks import forget_old_mail
from tests.factories import MailFactory, StaffFactory
from tests.jobs import failures, work
from tests.smtp import letterbox

INVITE = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def box(settings):
    with letterbox() as (box, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield box


class BusyService(BaseEmailBackend):
    def send_messages(self, messages):
        refusal = AnymailAPIError("Too many requests")
        refusal.status_code = 429
        raise refusal


def message(to="kim@example.com", subject="Tee für Kim"):
    made = EmailMultiAlternatives(
        subject, "Hello", "CoachBot <desk@coach.example>", [to], headers={"X-Cup": "1"}
    )
    made.attach_alternative("<p>Hello</p>", "text/html")
    made.attach("invite.ics", INVITE, 'text/calendar; method="REQUEST"')
    made.attach("cup.png", b"\x89PNG", "image/png")
    return made


def put(**more):
    return outbox.put(message(), **{"key": "tea", **more})


def later():
    """Work as if what waits for later were due, and whoever was sending were long gone."""
    Task.objects.filter(status="READY").update(run_after=timezone.now())
    Mail.objects.update(tried_at=timezone.now() - sending.PATIENCE - timedelta(seconds=1))
    work()


@pytest.mark.django_db
def test_a_message_arrives_as_it_was_put_and_its_words_are_forgotten(box):
    put()
    kept = Mail.objects.get().content

    work()

    mail = Mail.objects.get()
    arrived = box.messages[0]
    parts = {part.get_content_type(): part for part in arrived.walk()}
    assert (arrived["Subject"], arrived["To"], arrived["X-Cup"]) == (
        "Tee für Kim",
        "kim@example.com",
        "1",
    )
    assert parts["text/html"].get_content() == "<p>Hello</p>"
    assert parts["text/calendar"].get_param("method") == "REQUEST"
    assert parts["image/png"].get_content() == b"\x89PNG"
    assert arrived["Message-ID"] == f"<{mail.pk}@coach.example>"
    assert "Hello" not in kept
    assert (mail.status, mail.content, mail.sent_at is None) == ("sent", "", False)


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_is_not_sent_and_nothing_is_told_twice(box):
    with transaction.atomic():
        put()
        transaction.set_rollback(True)

    assert [put(), put(), put(key="milk")] == [True, False, True]
    work()

    assert box.subjects() == ["Tee für Kim"] * 2


@pytest.mark.django_db(transaction=True)
def test_what_somebody_waits_for_leaves_at_once_and_once(box):
    put(at_once=True)
    outbox.wait_until_sent()
    at_once = list(box.ids())

    later()

    assert len(at_once) == 1
    assert box.ids() == at_once


@pytest.mark.django_db
def test_a_server_that_is_busy_is_asked_again(box):
    put()
    box.mood = "450 Busy"
    work()
    refused, told = list(box.messages), failures()
    box.mood = ""

    later()

    assert (refused, len(box.messages)) == ([], 1)
    assert told["send"].endswith("NotSent: The mail server refused it with 450.")
    assert Mail.objects.get().was_cut_off is False


@pytest.mark.django_db
def test_a_service_that_refuses_is_asked_again_and_nothing_is_in_doubt(settings):
    settings.EMAIL_BACKEND = f"{__name__}.BusyService"
    put()

    work()

    assert failures()["send"].endswith("NotSent: The mail service refused it with 429.")
    assert Mail.objects.get().status == "waiting"


@pytest.mark.django_db
def test_a_server_that_is_away_is_asked_again(box, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    put()
    work()
    settings.EMAIL_PORT = port

    later()

    assert len(box.messages) == 1


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_a_dead_letter_that_does_not_name_it(box):
    put()
    box.mood = "550 No such kim@example.com"

    work()

    task = Task.objects.get()
    assert task.status == "FAILED"
    assert "kim" not in task.traceback
    assert failures()["send"].endswith("GiveUp: The mail server refused it with 550.")


@pytest.mark.django_db
def test_a_message_that_may_have_arrived_is_sent_once_more_and_never_a_third_time(box):
    put()
    box.mood = "hang up"
    work()
    later()
    later()
    later()

    assert len(box.messages) == 2
    assert len(set(box.ids())) == 1
    assert failures()["send"].endswith("it is not sent a third time.")


@pytest.mark.django_db
def test_what_cannot_be_written_down_is_a_dead_letter_at_once_and_adds_no_header(box):
    outbox.put(message(subject="Tea\nBcc: lee@example.com"), key="tea")

    work()

    assert (box.messages, Task.objects.get().status) == ([], "FAILED")
    assert failures()["send"].endswith("GiveUp: It cannot be written down: BadHeaderError.")
    assert Mail.objects.get().status == "waiting"


@pytest.mark.django_db
def test_what_is_sealed_with_a_key_that_is_gone_is_a_dead_letter_at_once(box, settings):
    put()
    settings.SECRET_KEY = "another"

    work()

    assert Task.objects.get().status == "FAILED"
    assert failures()["send"].endswith("GiveUp: It is sealed with a SECRET_KEY that is gone.")


@pytest.mark.django_db
def test_mail_is_forgotten_in_the_end_whether_it_was_sent_or_not():
    long_ago = timezone.now() - timedelta(days=91)
    MailFactory(key="sent", sent_at=long_ago)
    MailFactory(key="sent lately")
    for key in ("never sent", "waits"):
        MailFactory(key=key, status="waiting", sent_at=None)
    Mail.objects.filter(key="never sent").update(updated_at=long_ago)

    forget_old_mail.func()

    assert set(Mail.objects.values_list("key", flat=True)) == {"sent lately", "waits"}


@pytest.mark.django_db
def test_nobody_sends_what_another_is_sending(box):
    put()
    Mail.objects.update(status="sending", tried_at=timezone.now())

    work()

    assert box.messages == []
    assert "Somebody else is sending it" in failures()["send"]


@pytest.mark.django_db
def test_what_was_taken_away_is_not_sent(box):
    put()
    outbox.forget(["KIM@example.com"])

    work()

    assert (box.messages, failures(), Mail.objects.count()) == ([], {}, 0)


@pytest.mark.django_db
def test_staff_see_what_was_told_to_whom_and_not_the_words(client, box):
    put()
    client.force_login(StaffFactory())
    row = Mail.objects.get()

    listed = client.get("/admin/mail/mail/").content.decode()
    opened = client.get(f"/admin/mail/mail/{row.pk}/change/").content.decode()

    for page in (listed, opened):
        assert "kim@example.com" in page
        assert "Tee für Kim" in page
        assert row.content not in page
