"""Where a request comes from."""

from ipaddress import IPv6Network


def client_address(request):
    """The address that opened the connection. What a header says of it anyone can forge."""
    return request.META.get("REMOTE_ADDR", "")


def client_network(request):
    """What one caller can choose addresses from: an IPv4 address, a /64 of IPv6 (RFC 6177)."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(IPv6Network((address, 64), strict=False))
