"""Which addresses a capture may reach: public ones, and private ones only where the installation allows them."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lookout.kernel.errors import DataError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL = 2000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddressError(DataError):
    """The page, or something it loads, lies where a capture must not reach."""


def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return networks such as 10.20.0.0/16. Raises ValueError for what is none."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def checked_url(text: str) -> str:
    """Return a page's address in full, https where nothing is said. Raises DataError with what is wrong."""
    url = text.strip()
    if url and "://" not in url and not url.lower().startswith(("javascript:", "data:", "file:")):
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DataError("网址不完整；请从浏览器地址栏完整复制，例如 https://www.example.com/") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DataError("只能取证 http 和 https 网页；请从浏览器地址栏完整复制网址")
    if parts.username or parts.password:
        raise DataError("网址里带有用户名或口令，不能取证；请去掉 @ 前面的部分")
    if len(url) > LONGEST_URL or port == 0 or any(sign.isspace() or ord(sign) < 32 for sign in url):
        raise DataError("网址太长或含有空格；请从浏览器地址栏完整复制")
    return url


@dataclass(frozen=True)
class Guard:
    """Resolves names and lets public addresses pass; `allowed` are networks of the installation's choice."""

    allowed: tuple[Network, ...] = ()

    def resolve(self, host: str, port: int) -> str:
        """Return the one address to connect to.

        Connect to what is returned and never to the name: it may mean something else a moment later. Every address of
        the name must be allowed. Raises RefusedAddressError, or DataError when the name is unknown.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DataError(f"找不到主机 {host}；请核对网址，或检查这台服务器能否访问外网") from None
        addresses = [str(info[4][0]) for info in found]
        for address in addresses:
            self.check(address, host)
        return addresses[0]

    def check(self, address: str, host: str) -> None:
        """Raise RefusedAddressError unless an address may be reached."""
        plain = ipaddress.ip_address(address.split("%")[0])
        if any(plain in network for network in self.allowed if network.version == plain.version):
            return
        if not all(_is_public(one) for one in (plain, *_embedded(plain))):
            raise RefusedAddressError(
                f"{host} 在内部网络（{address}），不能取证；确需取证时，请管理员在 LOOKOUT_CAPTURE_NETWORKS 中加入这个网段"
            )


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _embedded(address: Address) -> tuple[Address, ...]:
    """Return the addresses of version 4 that an address of version 6 stands for: gateways lead there."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(one for one in found if one is not None)
