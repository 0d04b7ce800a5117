"""Encryption with SECRET_KEY: what a stolen database does not give away."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def cipher(salt: str, value: str = "") -> MultiFernet:
    """Seals with the SECRET_KEY of today, opens with those of SECRET_KEY_FALLBACKS too. Another
    `salt` or `value` is another key."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [
        salted_hmac(salt, value, secret=secret, algorithm="sha256").digest() for secret in secrets
    ]
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
