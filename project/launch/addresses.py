"""Addresses of this machine (本机地址): which it has, which people can open, and the QR code of one."""

from __future__ import annotations

import fcntl
import io
import socket
import struct
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import qrcode

_SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of one interface
_INNER = ("lo", "docker", "br-", "veth", "virbr", "cni", "flannel")  # bridges to containers: no phone comes by them


def interfaces() -> dict[str, str]:
    """Interface name -> its IPv4 address, the loopback's included."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # an interface without an IPv4 address
            found[name] = socket.inet_ntoa(answer[20:24])
    return found


def lan_addresses() -> list[str]:
    """IPv4 addresses that phones in the room can open, the one of the default route first."""
    found = [address for name, address in interfaces().items() if not name.startswith(_INNER)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address; connecting a datagram socket sends nothing
            first = probe.getsockname()[0]
        except OSError:
            first = ""
    return sorted(dict.fromkeys(found), key=lambda address: address != first)


def own_hosts() -> list[str]:
    """Every name and address by which this machine may be asked for: for ``ALLOWED_HOSTS``, never ``*``."""
    name = socket.gethostname().lower()
    names = [name, f"{name.split('.')[0]}.local"] if name else []
    return list(dict.fromkeys([*names, *interfaces().values()]))


def url(host: str, port: int) -> str:
    return f"http://{host}" if port == 80 else f"http://{host}:{port}"


def qr_lines(text: str) -> str:
    """The QR code as half-block characters for a dark or a light terminal."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(text)
    code.make(fit=True)
    out = io.StringIO()
    code.print_ascii(out=out, invert=True)
    return out.getvalue().rstrip("\n")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None  # a redirection is an answer too: something else sits at the address, or https does


def why_unreachable(public_url: str, seconds: float = 5.0) -> str:
    """Ask ``public_url`` for its health page as a phone would. The reason in words when it fails, else nothing."""
    if urlsplit(public_url).scheme not in {"http", "https"}:
        return public_url
    try:
        with build_opener(_Stay()).open(f"{public_url}/healthz", timeout=seconds) as answer:
            return "" if answer.status == 200 else str(answer.status)
    except URLError as error:
        return str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)
