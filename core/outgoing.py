"""HTTPS requests to addresses that people typed (docs/security.md, "Outgoing requests").

The name is resolved once, all its IP addresses are checked, and the connection goes to one that was checked. So a name
that resolves to something else a moment later changes nothing. Redirects are not followed.
"""

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from core.errors import Invalid
from core.public_addresses import may_reach

LONGEST_ADDRESS = 2_000
RESOLVE_SECONDS, CONNECT_SECONDS, TOTAL_SECONDS = 3.0, 6.0, 10.0
_ADDRESSES_TRIED = 2  # of those of a host
_RESPONSE_BYTES = 1_000  # that are read of a response
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what ends the spellings of IPv4 addresses, such as 127.1 or 0x7f.0.0.1
# A resolver may keep a thread waiting for much longer than RESOLVE_SECONDS.
_resolvers = ThreadPoolExecutor(8, thread_name_prefix="resolver")


class RequestFailed(Exception):
    """The request got no response. The message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A valid address of a receiver: the parts of its URL."""

    host: str
    port: int
    path: str


def parse_address(url: str) -> Target:
    """Return the parts of an https URL. Raises `Invalid` for anything that programs understand in different ways."""
    if len(url) > LONGEST_ADDRESS or not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise Invalid(f"An address has at most {LONGEST_ADDRESS:,} ASCII characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("This is not a valid address.") from None
    if parts.scheme != "https":
        raise Invalid("The address must begin with https://.")
    if "@" in parts.netloc or "#" in url or port == 0:
        raise Invalid("The address must have no user name, no fragment and no port 0.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(_checked_host(parts), port or 443, path)


def check_receiver(url: str) -> None:
    """Raise `Invalid` if this is not the address of a receiver that requests may go to."""
    target = parse_address(url)
    try:
        resolve(target)
    except RequestFailed as error:
        raise Invalid(str(error)) from error


def resolve(target: Target) -> list[str]:
    """Return the IP addresses of a host. Raises `RequestFailed` if there are none, or if one may not be reached."""
    answer = _resolvers.submit(_look_up, target)
    try:
        found = answer.result(RESOLVE_SECONDS)
    except NotInTime:
        answer.cancel()  # if no thread has begun with it
        raise RequestFailed("The name of the host could not be resolved in time.") from None
    except (OSError, UnicodeError):
        raise RequestFailed("The name of the host could not be resolved.") from None
    if not found or not all(may_reach(address) for address in found):
        raise RequestFailed("The address is not on the public internet, or is reserved.")
    return found


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the body and return the status of the response. Raises `Invalid` or `RequestFailed`.

    Takes at most RESOLVE_SECONDS, CONNECT_SECONDS and TOTAL_SECONDS together.
    """
    target = parse_address(url)
    addresses = resolve(target)
    try:
        with _connected(target, addresses) as connection:
            connection.request("POST", target.path, body, dict(headers))
            response = connection.getresponse()
            response.read(_RESPONSE_BYTES)
            return response.status
    except ssl.SSLCertVerificationError:
        raise RequestFailed("The certificate of the host is not valid.") from None
    except TimeoutError:
        raise RequestFailed("The host did not respond in time.") from None
    except ConnectionRefusedError:
        raise RequestFailed("The host refused the connection.") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise RequestFailed("The connection failed.") from None


def _checked_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        if "[" in parts.netloc:
            if not re.fullmatch(r"\[[0-9A-Fa-f:.]+\](:[0-9]*)?", parts.netloc):
                raise AddressValueError
            return str(IPv6Address(host))
        if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]):
            return str(IPv4Address(host))
    except AddressValueError:
        raise Invalid("This is not a valid IP address.") from None
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise Invalid("The host must be a name of letters, digits, dashes and dots, or an IP address.")
    return host


def _look_up(target: Target) -> list[str]:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Connection(http.client.HTTPSConnection):
    """A connection to one of the IP addresses that were checked. The host name is for TLS and the Host header."""

    def __init__(self, target: Target, addresses: list[str]) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=TOTAL_SECONDS, context=self._tls)
        self._addresses = addresses
        self.raw: socket.socket | None = None

    def connect(self) -> None:
        plain = self._first_connection()
        self.raw = plain.dup()  # TLS takes the other one over
        plain.settimeout(TOTAL_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)

    def _first_connection(self) -> socket.socket:
        *others, last = self._addresses[:_ADDRESSES_TRIED]
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), CONNECT_SECONDS / _ADDRESSES_TRIED)
        return socket.create_connection((last, self.port), CONNECT_SECONDS / _ADDRESSES_TRIED)


@contextlib.contextmanager
def _connected(target: Target, addresses: list[str]) -> Iterator[_Connection]:
    """Yield a connection that is cut after TOTAL_SECONDS, however slowly the host sends its response."""
    connection = _Connection(target, addresses)
    begun = time.monotonic()

    def cut() -> None:
        if connection.raw is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                connection.raw.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(CONNECT_SECONDS + TOTAL_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield connection
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() - begun >= TOTAL_SECONDS:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        connection.close()
        if connection.raw is not None:
            connection.raw.close()
