"""Where this server sends what somebody else chose the address of: to the outside, and only there.

An address on the inside (this machine, its neighbours, a cloud's own services) would let whoever
may choose one speak in this server's name. So a name is looked up once, every address it stands for
is checked, and these are connected to: what the name stands for a moment later does not matter.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST = 500
SECURE, PLAIN = "https", "http"
# Below these are the services of machines: mail, shells, names.
HTTPS, HTTP, FIRST_FREE = 443, 80, 1024
# More are not tried.
MOST = 4

# What an IPv4 address is written into: translated on its way (RFC 6052), or in a tunnel of its own.
NAT64 = ip_network("64:ff9b::/96")
GLOBAL_UNICAST = ip_network("2000::/3")
# Python calls these global: services of clouds, relays, and what is kept for writing about.
NOT_OURS = [
    ip_network(each)
    for each in (
        *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
        *("2001::/23", "3fff::/20", "5f00::/16"),
    )
]

Resolve = Callable[[str, int], Sequence[str]]


class Refused(ValueError):
    """An address that nothing is sent to. It says why, in words for whoever chose it."""


class Place(NamedTuple):
    host: str
    port: int


def look_up(host: str, port: int) -> list[str]:
    """The addresses that `host` stands for, as the system knows them."""
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def place_of(url: str, *, inward: bool) -> Place:
    """Where `url` leads, as far as it says itself. With `inward`, for local work, http and any port
    will do. Raises Refused."""
    if not re.fullmatch(rf"[!-~]{{1,{LONGEST}}}", url):
        raise Refused(
            f"Write at most {LONGEST} characters of ASCII: xn--… for letters of other alphabets in "
            "a name, %… elsewhere."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("This is no address: it must look like https://example.com/path.") from None
    if parts.scheme not in ((SECURE, PLAIN) if inward else (SECURE,)) or not host:
        raise Refused("The address must begin with https:// and the name of a server.")
    if parts.username is not None or parts.fragment:
        raise Refused("The address must have neither a user nor a # in it.")
    if port is None:
        port = HTTPS if parts.scheme == SECURE else HTTP
    place = Place(host, port)
    if not inward:
        _require_decent(place)
    return place


def _require_decent(place: Place) -> None:
    if place.port != HTTPS and place.port < FIRST_FREE:
        raise Refused(f"The port must be {HTTPS}, or {FIRST_FREE} or more.")
    # What ends in a number is an address (WHATWG URL, "ends in a number"), however it is written.
    if ":" in place.host or re.search(r"(^|\.)(\d+|0x[\da-f]*)\.?$", place.host):
        _require_outward(place.host)


def addresses_of(url: str, *, inward: bool, resolve: Resolve = look_up) -> list[str]:
    """What to connect to for `url`: all that its name stands for, if all of it is on the outside.
    Takes as long as the system takes to look a name up. Raises Refused."""
    place = place_of(url, inward=inward)
    try:
        found = list(resolve(place.host, place.port))
    except (gaierror, UnicodeError):
        found = []
    if not found:
        raise Refused("No address is known for the name of this server: is it spelt right?")
    for each in found if not inward else ():
        _require_outward(each)
    return found[:MOST]


def _require_outward(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        raise Refused("Write the server's name, or its address the usual way.") from None
    if not is_outward(address):
        raise Refused("This address leads to the inside of a network, where nothing is sent to.")


def is_outward(address: IPv4Address | IPv6Address) -> bool:
    """Whether it belongs to a machine somewhere in the public internet."""
    if any(address in network for network in NOT_OURS if network.version == address.version):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    within = _within(address)
    if within is not None:
        return is_outward(within)
    return address in GLOBAL_UNICAST and address.is_global


def _within(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address is another spelling of."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
