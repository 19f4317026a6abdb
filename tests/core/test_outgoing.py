"""Requests to addresses that people typed reach the public internet only, whatever was typed or resolved."""

import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from core import outgoing
from core.errors import Invalid
from core.outgoing import RequestFailed, check_receiver, parse_address, post
from core.public_addresses import may_reach
from tests.receiver import Receiver, receiving, write_certificate

pytestmark = pytest.mark.one_database(reason="no SQL")

PUBLIC = "93.184.215.14"
HOSTILE_HOSTS = [
    # loopback, in all spellings that some program understands
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "127.000.000.001", "127.0.0.0x1", "0", "0.0.0.0", "127.255.255.254", "localhost", "localhost.",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "１２７.０.０.１", "127。0。0。1", "127%2e0%2e0%2e1", "①②⑦.⓪.⓪.①",
    # private, shared, link-local and unique-local
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.0.1", "[fe80::1]",
    "[fe80::1%25eth0]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::ffff:c0a8:101]",
    # metadata of clouds
    "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.169.254.", "[fd00:ec2::254]", "[::ffff:169.254.169.254]",
    "168.63.129.16", "100.100.100.200", "192.0.0.192",
    # IPv6 addresses that stand for IPv4 ones: NAT64, 6to4, Teredo
    "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    # multicast, broadcast, reserved, documentation
    "224.0.0.1", "239.255.255.250", "[ff02::1]", "255.255.255.255", "240.0.0.1", "192.0.2.1", "203.0.113.9",
    "[2001:db8::1]", "[3fff::1]",
    # not hosts
    "", "-x.example.com", "a..example.com", "exa mple.com", "example.com\\@127.0.0.1", "[::1", "[::1].example.com",
    "[v1.x]", "999.1.1.1", f"{'a' * 64}.com", ".".join(["a" * 60] * 5),
]  # fmt: skip
HOSTILE_URLS = [
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "//example.com", "example.com", "https:/x",
    "https://user@example.com/", "https://user:password@example.com/", "https://example.com@127.0.0.1/",
    "https://example.com#@127.0.0.1/", "https://example.com:0/", "https://example.com:65536/",
    "https://example.com:x/", "https://example.com/\r\nX: y", "https://example.com/ä", "https://\texample.com/",
    "javascript:alert(1)", "https://", f"https://example.com/{'x' * 2000}",
]  # fmt: skip


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to these addresses in turn, the last ones from then on. Return the names that were asked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host.replace(".", "").isdigit():  # an IP address, which is only parsed
            return real(host, port, *args, **options)
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record where connections go, and refuse them."""
    found: list[str] = []

    def connect(address: tuple[str, int], *args: Any) -> None:
        found.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return found


def test_hostile_addresses_are_refused(connections: list[str]) -> None:
    urls = [f"https://{host}/" for host in HOSTILE_HOSTS] + HOSTILE_URLS
    assert len(urls) > 80
    for url in urls:
        with pytest.raises(Invalid):
            check_receiver(url)
        with pytest.raises((Invalid, RequestFailed)):
            post(url, b"", {})
    assert connections == []


def test_public_addresses_are_allowed(monkeypatch: pytest.MonkeyPatch, connections: list[str]) -> None:
    for host in ("8.8.8.8", "[2606:4700::1111]", "[2606:4700::1111]:8443"):
        check_receiver(f"https://{host}/")
    resolver(monkeypatch, [PUBLIC])
    for host in ("example.com", "EXAMPLE.com:8443", "xn--mnchen-3ya.example", "a_b.example.com", "3com.example"):
        check_receiver(f"https://{host}/path?token=x")
    with pytest.raises(RequestFailed, match="refused the connection"):
        post("https://example.com/", b"", {})
    assert connections == [PUBLIC]
    assert parse_address("https://Example.com?x=1") == outgoing.Target("example.com", 443, "/?x=1")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1"], ["fe80::1%eth0"], []])
def test_name_that_resolves_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, connections: list[str], addresses: list[str]
) -> None:
    resolver(monkeypatch, addresses)
    with pytest.raises(Invalid, match="not on the public internet"):
        check_receiver("https://example.com/")
    with pytest.raises(RequestFailed, match="not on the public internet"):
        post("https://example.com/", b"", {})
    assert connections == []


def test_name_that_resolves_differently_a_moment_later_is_refused_or_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    asked = resolver(monkeypatch, [PUBLIC], [PUBLIC], ["127.0.0.1"])
    check_receiver("https://example.com/")  # when it is saved
    with pytest.raises(RequestFailed, match="refused the connection"):
        post("https://example.com/", b"", {})  # the connection asks no resolver again
    assert (asked, connections) == (["example.com"] * 2, [PUBLIC])
    with pytest.raises(RequestFailed, match="not on the public internet"):
        post("https://example.com/", b"", {})
    assert connections == [PUBLIC]


def test_slow_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: time.sleep(0.5))
    with pytest.raises(RequestFailed, match="in time"):
        post("https://example.com/", b"", {})


def test_operator_can_allow_a_private_network(settings: Any) -> None:
    assert not may_reach("10.1.2.3")
    settings.OUTGOING_NETWORKS = [ip_network("10.1.0.0/16")]
    assert [may_reach(address) for address in ("10.1.2.3", "10.2.0.1", "::1", "x", "8.8.8.8")] == [
        True, False, False, False, True,
    ]  # fmt: skip


@pytest.fixture
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"), "receiver.test")


@pytest.fixture
def receiver(certificate: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Receiver]:
    """A server on this machine, which the settings allow, under a name with a certificate that we trust."""
    settings.OUTGOING_NETWORKS = [ip_network("127.0.0.1/32")]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(certificate) as made:
        resolver(monkeypatch, ["127.0.0.1"])
        yield made


def url(receiver: Receiver, host: str = "receiver.test") -> str:
    return f"https://{host}:{receiver.port}/in?token=x"


def test_request_arrives_under_the_name_of_the_host(receiver: Receiver) -> None:
    assert post(url(receiver), b"body", {"X-Word": "yes"}) == 204
    (request,) = receiver.requests
    assert (request.path, request.body, request.headers["X-Word"]) == ("/in?token=x", b"body", "yes")
    assert request.headers["Host"] == f"receiver.test:{receiver.port}"


def test_loopback_is_refused_without_the_setting(receiver: Receiver, settings: Any) -> None:
    settings.OUTGOING_NETWORKS = []
    for host in ("receiver.test", "127.0.0.1"):
        with pytest.raises(RequestFailed, match="not on the public internet"):
            post(url(receiver, host), b"", {})
    assert receiver.requests == []


def test_other_certificates_are_refused(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestFailed, match="certificate"):
        post(url(receiver, "other.test"), b"", {})
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    with pytest.raises(RequestFailed, match="certificate"):
        post(url(receiver), b"", {})
    assert receiver.requests == []


def test_second_address_of_a_host_is_tried(receiver: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.OUTGOING_NETWORKS = [ip_network("127.0.0.0/8")]
    resolver(monkeypatch, ["127.0.0.99", "127.0.0.1"])  # nobody listens at the first one
    assert post(url(receiver), b"", {}) == 204


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(307)
    handler.send_header("Location", "https://127.0.0.1:1/")
    handler.end_headers()


def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = redirect  # type: ignore[method-assign]
    assert post(url(receiver), b"", {}) == 307
    assert len(receiver.requests) == 1


def _endless_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 100_000)


def _drops(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(200):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


def _silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def _nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff\r\n\r\n" * 10)


def test_endless_body_is_not_read(receiver: Receiver) -> None:
    receiver.answer = _endless_body  # type: ignore[method-assign]
    assert post(url(receiver), b"", {}) == 200


@pytest.mark.parametrize(
    ("answer", "words"), [(_drops, "in time"), (_silence, "in time"), (_nonsense, "connection failed")]
)
def test_receiver_that_misbehaves_is_left_in_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer: Callable[..., None], words: str
) -> None:
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 0.3)
    receiver.answer = answer  # type: ignore[method-assign]
    begun = time.monotonic()
    with pytest.raises(RequestFailed, match=words):
        post(url(receiver), b"", {})
    assert time.monotonic() - begun < 2
