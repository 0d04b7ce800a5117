"""A headless Chromium before the running site, and an ear for what its console complains about."""

import shutil

import pytest
from django.db import connections
from environ import Env
from playwright.sync_api import expect, sync_playwright

from coachbot.environment import boolean

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu")
DESK = {"width": 1440, "height": 900}
PATIENCE_MS = 15_000


@pytest.fixture
def chromium():
    """The path of the system's Chromium. Without one tests are skipped, and fail in CI."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        absence = f"No Chromium on PATH ({', '.join(NAMES)}): `apt-get install chromium`."
        if boolean(Env(), "CI", default=False):
            pytest.fail(absence, pytrace=False)
        pytest.skip(absence)
    return found


@pytest.fixture
def page(chromium, live_server, monkeypatch):
    """A page of a fresh browser. Afterwards, nothing may have gone wrong in its console.

    Playwright's loop runs in this thread while tests ask the database, which Django forbids
    unless told. What asks inside a loop has a connection of its own, which only the inside can
    close. The loop ends with each test, before the tables are emptied.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS])
        context = browser.new_context(base_url=live_server.url, viewport=DESK)
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        context.on("console", lambda message: complaints.extend(complaint(message)))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        yield context.new_page()
        browser.close()
        connections.close_all()
    assert complaints == []


def complaint(message):
    """What breaks the Content-Security-Policy is an error here, as is a file that is missing.

    All but the icon that browsers ask every site for, and that this one does not have.
    """
    source = message.location["url"]
    if message.type != "error" or source.endswith("/favicon.ico"):
        return []
    return [f"{source}: {message.text}"]
