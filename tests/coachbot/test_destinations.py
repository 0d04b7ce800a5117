"""Where nothing is sent to, whoever wrote the address down and however."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from socket import gaierror
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from coachbot.destinations import Refused, addresses_of, is_outward, look_up, place_of
from coachbot.outgoing import Unreachable, post

PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
INSIDE = "This address leads to the inside of a network, where nothing is sent to."


def knowing(*addresses):
    """A resolver of one name."""
    return lambda host, port: addresses


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "198.18.0.1"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "168.63.129.16"),
        *("192.0.2.1", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1"),
        *("fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1"),
        *("2001:0:4136:e378::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1"),
    ],
)
def test_an_address_on_the_inside_is_none_that_anything_is_sent_to(address):
    assert not is_outward(ip_address(address))
    with pytest.raises(Refused, match="inside"):
        addresses_of("https://hook.example/", inward=False, resolve=knowing(PUBLIC, address))


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_6, f"::ffff:{PUBLIC}", "64:ff9b::808:808"])
def test_an_address_on_the_outside_is_connected_to(address):
    found = addresses_of("https://hook.example/", inward=False, resolve=knowing(address))

    assert found == [address]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "must begin with https://"),
        ("ftp://example.com/", "must begin with https://"),
        ("//example.com/", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://user:word@example.com/", "neither a user"),
        (r"https://example.com\@10.0.0.1/", "neither a user"),
        ("https://example.com/#part", "nor a #"),
        ("https://example.com:22/", "port"),
        ("https://example.com:80/", "port"),
        ("https://example.com:99999/", "no address"),
        ("https://[::1/", "no address"),
        ("https://example.com/a b", "ASCII"),
        ("https://exämple.com/", "ASCII"),
        ("https://example.com/\r\nX: y", "ASCII"),
        (f"https://example.com/{'a' * 500}", "ASCII"),
        ("https://127.0.0.1/", "inside"),
        ("https://[::ffff:10.0.0.1]/", "inside"),
        ("https://[fe80::1%25eth0]/", "inside"),
        ("https://2130706433/", "the usual way"),
        ("https://0x7f000001/", "the usual way"),
        ("https://0x7f.1/", "the usual way"),
        ("https://0177.0.0.1/", "the usual way"),
        ("https://127.1/", "the usual way"),
        ("https://127.0.0.1./", "the usual way"),
    ],
)
def test_what_an_address_may_not_look_like(url, why):
    with pytest.raises(Refused, match=why):
        place_of(url, inward=False)


def test_names_and_ports_that_are_taken():
    assert [
        place_of(url, inward=False)
        for url in ("https://example.com", f"https://[{PUBLIC_6}]:8443/a?b=c")
    ] == [("example.com", 443), (PUBLIC_6, 8443)]


def test_for_local_work_anything_will_do():
    assert addresses_of("http://127.0.0.1:8000/", inward=True) == ["127.0.0.1"]


def test_a_name_for_this_machine_leads_to_the_inside_whatever_it_looks_like():
    with pytest.raises(Refused, match="inside"):
        addresses_of("https://localhost/", inward=False, resolve=look_up)


def test_a_name_that_nobody_knows_is_refused_in_words():
    def unknown(host, port):
        raise gaierror(-2, "Name or service not known")

    with pytest.raises(Refused, match="is it spelt right"):
        addresses_of("https://hook.example/", inward=False, resolve=unknown)


@contextmanager
def secured(folder, name):
    """The port of a server on this machine with a certificate for `name`, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = folder / "server.pem"
    secret = key.private_bytes(pem, form, serialization.NoEncryption())
    file.write_bytes(certificate.public_bytes(pem) + secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.headers["Host"].encode())

        def log_message(self, *args):
            pass

    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *args: None
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.server_port, file
        server.shutdown()


def test_the_checked_address_is_connected_to_and_the_certificate_must_be_for_the_name(
    tmp_path, monkeypatch
):
    with secured(tmp_path, "hook.example") as (port, file):
        monkeypatch.setenv("SSL_CERT_FILE", str(file))

        def ask(name):
            url = f"https://{name}:{port}/"
            limits = {"seconds": 5, "first_bytes": 100, "addresses": ["127.0.0.1"]}
            return post(url, b"{}", headers={}, **limits)

        told = ask("hook.example").content
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            ask("other.example")

    assert told == f"hook.example:{port}".encode()
