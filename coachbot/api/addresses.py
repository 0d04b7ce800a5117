"""Where a request comes from."""

from ipaddress import IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that asks; empty if there is none, as behind a socket in the file system.

    Each trusted proxy appends to X-Forwarded-For the address that asked it, so the outermost wrote
    what stands as far from the right as there are proxies. Anyone can forge what stands before.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if 0 < settings.TRUSTED_PROXIES <= len(hops):
        try:
            return str(ip_address(hops[-settings.TRUSTED_PROXIES].strip()))
        except ValueError:
            pass
    return request.META.get("REMOTE_ADDR", "")


def client_network(request):
    """What one caller can choose addresses from: an IPv4 address, a /64 of IPv6 (RFC 6177)."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(IPv6Network((address.partition("%")[0], 64), strict=False))
