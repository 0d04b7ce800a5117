"""Words: the standard ones, and those of staff's own."""

import re
import tomllib
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from audit.models import AdminLog
from coachbot import notifications
from coachbot.notifications.kinds import Kind
from coachbot.notifications.models import MailTemplate
from coachbot.notifications.placeholders import PLACEHOLDER, unknown_in
from coachbot.notifications.texts import standard
from tests.factories import MailTemplateFactory, StaffFactory

pytestmark = pytest.mark.django_db

APP = Path(notifications.__file__).parent
LIST = reverse("admin:notifications_mailtemplate_changelist")
ADD = reverse("admin:notifications_mailtemplate_add")
WORDS = {"kind": "client_booked", "language": "en", "subject": "Yes: {starts}", "html": ""}


def page(template, name="change"):
    return reverse(f"admin:notifications_mailtemplate_{name}", args=[template.pk])


def logged():
    rows = AdminLog.objects.filter(resource_type="notifications.mailtemplate")
    return [
        (row.action, sorted(row.changes.keys() - {"created_at"}))
        for row in rows.order_by("sequence")
    ]


@pytest.fixture
def manager(client):
    client.force_login(StaffFactory())
    return client


@pytest.mark.parametrize("kind", Kind)
def test_the_standard_words_of_both_languages_name_the_same_things(kind):
    words = [standard(kind, language) for language in ("en", "de")]

    named = [set(PLACEHOLDER.findall(each.subject + each.text)) for each in words]

    assert named[0] == named[1]
    assert unknown_in(words[0].subject + words[0].text, kind.placeholders) == []
    assert words[0] != words[1]


def test_there_are_words_for_every_mail_and_for_no_other():
    for language in ("en", "de"):
        text = (APP / "texts" / f"{language}.toml").read_text()
        assert list(tomllib.loads(text)) == Kind.values


def test_every_word_of_the_pages_is_german_where_german_is_asked_for():
    text = (APP / "locale/de/LC_MESSAGES/django.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.M)

    with translation.override("de"):
        compiled = {english: translation.gettext(english) for english, _ in pairs}

    assert len(pairs) > 60
    assert compiled == dict(pairs)
    assert "" not in compiled.values()


def test_staff_write_their_own_words_see_them_and_go_back(manager, clinic, delivered, now):
    listed = manager.get(LIST).content.decode()
    begun = manager.get(f"{ADD}?kind=client_booked&language=en").content.decode()
    text = "Dear {client_name}, {nothing}\n\n{details}"
    refused = manager.post(ADD, {**WORDS, "text": text})
    manager.post(ADD, {**WORDS, "text": "Dear {client_name},\n\n{details}"})
    template = MailTemplate.objects.get()
    preview = manager.get(page(template)).content.decode()
    changed = {"subject": "No: {starts}", "text": template.text, "html": "<h1>{client_name}</h1>"}
    manager.post(page(template), changed)
    clinic.kim.language, clinic.kim.first_name = "en", "<i>Kim</i>"
    clinic.kim.save()
    clinic.book(now, client=clinic.kim)
    own = delivered()["kim@home.eu"]
    manager.post(page(template, "delete"), {"post": "yes"})
    clinic.book(now, client=clinic.kim, at=now.replace(day=7, hour=9))
    back = delivered()["kim@home.eu"]

    assert "standard</a>" in listed
    assert "your appointment is booked." in begun
    assert "There is no {nothing} here. What there is: {client_name}," in refused.content.decode()
    assert "Yes: Monday, 3 June 2030, 09:00" in preview
    assert 'sandbox srcdoc="&lt;!DOCTYPE html&gt;' in preview
    assert own.subject == "No: Monday, 7 December 2026, 17:00"
    assert own.body.startswith("Dear <i>Kim</i> Berger,\n\nWhat: Massage\n")
    assert "<h1>&lt;i&gt;Kim&lt;/i&gt; Berger</h1>" in own.alternatives[0].content
    assert back.subject == "Booked: Massage, Monday, 7 December 2026, 18:00"
    assert logged() == [
        ("mailtemplate.created", ["html", "id", "kind", "language", "subject", "text"]),
        ("mailtemplate.changed", ["html", "subject"]),
        ("mailtemplate.deleted", ["html", "id", "kind", "language", "subject", "text"]),
    ]


def test_template_syntax_of_django_is_text_like_any_other(clinic, delivered, now):
    MailTemplateFactory(text="{% load x %} {{ settings.SECRET_KEY }} {client_name.pk} {0} %s")
    clinic.kim.language = "en"
    clinic.kim.save()
    clinic.book(now, client=clinic.kim)

    body = delivered()["kim@home.eu"].body

    assert body.startswith("{% load x %} {{ settings.SECRET_KEY }} {client_name.pk} {0} %s\n")


def test_a_bookings_page_shows_its_mails_to_who_may_see_mail(
    manager, client, clinic, delivered, now
):
    booking = clinic.book(now, client=clinic.kim)
    delivered()
    place = reverse("admin:scheduling_booking_change", args=[booking.pk])
    seen = manager.get(place).content.decode()
    client.force_login(StaffFactory(groups=["Receptionists"]))

    assert "Gebucht: Massage, Montag, 7. Dezember 2026, 17:00" in seen
    assert 'id="mails"' not in client.get(place).content.decode()
