"""How django-allauth keeps second factors."""

from allauth.mfa.adapter import DefaultMFAAdapter

from coachbot.sealing import cipher

SALT = "accounts.mfa"


class MFAAdapter(DefaultMFAAdapter):
    """The secrets behind codes are sealed: whoever reads the table cannot make codes."""

    def encrypt(self, text):
        return cipher(SALT).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return cipher(SALT).decrypt(encrypted_text).decode()
