"""Mail that has arrived, and what is written in it."""

import re

import pytest
from django.core import mail as django_mail
from django.core.cache import cache

from coachbot.mail import outbox


class Mailbox:
    def all(self):
        outbox.wait_until_sent()
        return django_mail.outbox

    def subjects(self, address):
        return [message.subject for message in self.all() if message.to == [address]]

    def code(self, address):
        """The code in the newest mail to `address`."""
        newest = [message for message in self.all() if message.to == [address]][-1]
        return re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", newest.body, re.M).group(1)


@pytest.fixture
def mailbox(transactional_db):
    """Mail leaves after the commit, so the test commits."""
    cache.clear()
    yield Mailbox()
    outbox.wait_until_sent()
