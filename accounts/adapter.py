"""How django-allauth treats our users."""

from allauth.account.adapter import DefaultAccountAdapter

from coachbot.api.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Staff make the accounts: an address nobody has verified must not become one."""
        return False

    def get_client_ip(self, request):
        """For rate limits. django-allauth's own is an error where an address cannot be told."""
        return client_address(request)
