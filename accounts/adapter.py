"""How django-allauth treats our users."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Staff make the accounts: an address nobody has verified must not become one."""
        return False
