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
    own = request.META.get("REMOTE_ADDR", "")
    told = hops[-settings.TRUSTED_PROXIES] if 0 < settings.TRUSTED_PROXIES <= len(hops) else ""
    return _address(told) or _address(own) or own


def _address(text):
    """The address alone, or nothing: some proxies add the port, a socket for both families writes
    IPv4 as IPv6, and a scope says nothing beyond its own machine."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_network(request):
    """What one caller can choose addresses from: an IPv4 address, a /64 of IPv6 (RFC 6177)."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(IPv6Network((address, 64), strict=False))
