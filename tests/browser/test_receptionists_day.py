"""A day at the reception, lived in a browser: what is on the pages, and what is in the database.

The browser's clock is real. So that no day ends during a test, the reception stands where it is
between nine and ten in the morning.
"""

import csv
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from accounts.models import UserSession
from scheduling.models import Booking, BookingStatus, DayOff
from tests.factories import BookingFactory, ReceptionistFactory, ScheduleFactory, SpecialistFactory

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "early-bird-2026"
DOOR = re.compile(r"/accounts/login/\?next=%2Fadmin%2F$")
PHONE = "+493090182077"


@pytest.fixture
def zone():
    ahead = (9 - datetime.now(UTC).hour + 12) % 24 - 12
    # POSIX counts to the west.
    return ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT")


@pytest.fixture
def at(zone):
    """`at(days, hour)` is an instant on the reception's clock, that many days from today."""
    today = datetime.now(zone).date()
    return lambda days, hour: datetime.combine(
        today + timedelta(days=days), time(hour), tzinfo=zone
    )


@pytest.fixture
def rosa(db, zone):
    return ReceptionistFactory(username="rosa", password=PASSWORD, time_zone=zone.key)


@pytest.fixture
def anna(db, zone):
    """Works from ten to five on every day of the week."""
    anna = SpecialistFactory(name="Anna Roth", time_zone=zone.key)
    for weekday in range(7):
        ScheduleFactory(specialist=anna, weekday=weekday, start_time=time(10), end_time=time(17))
    return anna


def test_a_receptionists_day(page, rosa, anna, at):
    today = booked(anna, at(0, 15), "Kim Berger")
    pending = booked(anna, at(0, 16), "Ola Nord", status=BookingStatus.PENDING)
    hit = booked(anna, at(2, 11), "Uwe Kern")

    sign_in(page)
    see_the_start_page(page, today, pending)
    called = book_for_a_guest(page, at(1, 12))
    find_by_half_a_phone_number(page, called)
    move(page, called, at(1, 14))
    confirm(page, pending)
    take_a_day_off(page, hit, at(2, 0).date())
    export(page, called)
    sign_out(page, rosa)


def test_the_calendar_is_walked_with_the_keyboard(page, rosa, anna, at):
    tomorrow = booked(anna, at(1, 11), "Kim Berger")
    sign_in(page)
    page.goto("/admin/scheduling/booking/calendar/")

    arrive(page, heading(page, at(0, 0)))
    page.keyboard.press("ArrowRight")
    arrive(page, heading(page, at(1, 0)))
    page.keyboard.press("ArrowLeft")
    arrive(page, heading(page, at(0, 0)))
    page.keyboard.press("ArrowRight")
    block(page, tomorrow).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=f"{tomorrow.reference} Confirmed")).to_be_visible()


def booked(specialist, starts_at, client_name, **fields):
    """A guest's booking of an hour."""
    return BookingFactory(
        specialist=specialist, starts_at=starts_at, client=None, client_name=client_name, **fields
    )


# --- Where things are ---------------------------------------------------------------------------


def heading(page, day):
    return page.get_by_role("heading", name=f"{day:%A}, {day.day} {day:%B %Y}", exact=True)


def block(page, booking):
    return page.get_by_role("link").filter(has=page.get_by_text(booking.client_name, exact=True))


def card(page, title):
    return page.locator("section").filter(has=page.get_by_role("heading", name=title))


def follow(page, name):
    """A link of the menu."""
    with page.expect_navigation():
        page.locator("#nav-sidebar").get_by_role("link", name=name, exact=True).click()


def arrive(page, thing):
    """Wait for `thing`, which only the next page has, and for the scripts of that page."""
    expect(thing).to_be_visible()
    page.wait_for_load_state()


# --- The day ------------------------------------------------------------------------------------


def sign_in(page):
    page.goto("/admin/")
    expect(page).to_have_url(DOOR)
    page.locator("[name=login]").fill("rosa")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    assert sessions_of_rosa() == 1


def sessions_of_rosa():
    return UserSession.objects.active().filter(user__username="rosa").count()


def see_the_start_page(page, today, pending):
    expect(card(page, "Bookings today")).to_contain_text(f"{today.starts_at:%H:%M}")
    expect(card(page, "Bookings today")).to_contain_text(today.client_name)
    expect(card(page, "Waiting for confirmation")).to_contain_text(pending.client_name)


def book_for_a_guest(page, starts_at):
    follow(page, "Calendar")
    page.get_by_role("link", name="Next", exact=True).click()
    arrive(page, heading(page, starts_at))
    page.get_by_role("link", name=f"Book Anna Roth, {starts_at:%H:%M}").click()
    arrive(page, page.get_by_role("heading", name="For whom"))
    page.get_by_label("Name", exact=True).fill("Ida Falk")
    page.get_by_label("Email", exact=True).fill("ida@example.com")
    page.get_by_label("Phone", exact=True).fill(PHONE)
    expect(page.get_by_role("radio", name="Somebody new")).to_be_checked()
    page.get_by_role("button", name=re.compile("^Book ")).click()

    expect(page.get_by_role("link", name="Ida Falk")).to_be_visible()
    booking = Booking.objects.get(client_name="Ida Falk")
    expect(page.get_by_text(f"reference {booking.reference}.")).to_be_visible()
    found = (booking.starts_at, booking.client_email, booking.client_phone, booking.status)
    assert found == (starts_at, "ida@example.com", PHONE, BookingStatus.CONFIRMED)
    return booking


def find_by_half_a_phone_number(page, booking):
    follow(page, "Bookings")
    search(page, "901820")
    expect(page.locator("#result_list tbody tr")).to_contain_text([booking.reference])


def search(page, text):
    box = page.locator("#searchbar")
    box.fill(text)
    box.press("Enter")
    arrive(page, page.get_by_text("1 booking", exact=True))


def move(page, booking, starts_at):
    follow(page, "Calendar")
    page.get_by_role("link", name="Next", exact=True).click()
    block(page, booking).click()
    page.get_by_role("link", name="Move", exact=True).click()
    day = page.get_by_role("group", name=f"{starts_at:%a} {starts_at.day} {starts_at:%b}")
    day.get_by_role("radio", name=f"{starts_at:%H:%M}").check()
    page.get_by_label("Reason").fill("Her train is late")
    page.get_by_role("button", name="Move it").click()

    expect(page.get_by_text(f"{booking.reference}: moved to")).to_be_visible()
    booking.refresh_from_db()
    last = booking.events.latest("version")
    assert (booking.starts_at, last.reason) == (starts_at, "Her train is late")


def confirm(page, booking):
    page.goto("/admin/")
    card(page, "Waiting for confirmation").get_by_role("link", name="1", exact=True).click()
    row = page.get_by_role("row", name=booking.reference)
    arrive(page, row)
    row.get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("Confirm selected")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Nothing is done yet.")).to_be_visible()
    page.get_by_role("button", name="Confirm bookings (1)").click()

    expect(page.get_by_role("status")).to_contain_text("1 confirmed.")
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED


def take_a_day_off(page, hit, date):
    fill_in_a_day_off(page, date)
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    assert not DayOff.objects.exists()
    page.get_by_label(hit.reference).select_option("Cancel")
    page.get_by_label("Reason").fill("Anna is at a congress")
    page.get_by_role("button", name="Save and settle these bookings").click()

    expect(page.get_by_text("was added successfully")).to_be_visible()
    hit.refresh_from_db()
    assert (hit.status, hit.cancellation_reason) == ("cancelled", "Anna is at a congress")
    assert DayOff.objects.get().date == date


def fill_in_a_day_off(page, date):
    page.goto("/admin/scheduling/dayoff/add/")
    page.get_by_role("combobox").first.click()
    page.get_by_role("searchbox").last.fill("Ann")
    page.get_by_role("option", name="Anna Roth").click()
    page.get_by_label("Date").fill(date.isoformat())
    page.get_by_role("button", name="Save", exact=True).click()


def export(page, booking):
    follow(page, "Bookings")
    search(page, "Ida")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reference"] for row in rows] == [booking.reference]


def sign_out(page, rosa):
    page.locator("#nav-sidebar").get_by_text(rosa.email, exact=True).click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert sessions_of_rosa() == 0
    page.goto("/admin/")
    expect(page).to_have_url(DOOR)
