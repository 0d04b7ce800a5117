"""Mail leaves after the commit and beside the request: its time would tell whether there is an
account, and a slow server of mail would hold up whoever asks."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import transaction

log = logging.getLogger(__name__)

# One thread, so in order. A process that ends waits for it.
_POSTMAN = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send_later(message):
    transaction.on_commit(lambda: _POSTMAN.submit(message.send).add_done_callback(_tell))


def wait_until_sent():
    """Return when everything that was handed over is sent, or has failed."""
    _POSTMAN.submit(lambda: None).result()


def _tell(sending):
    if failure := sending.exception():
        log.error("A mail could not be sent.", exc_info=failure)
