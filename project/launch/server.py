"""The server process (服务进程): daphne on a socket the launcher owns, started again when it ends by itself."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

from project.launch import BASE
from project.launch.words import RefusalError, _, warn

BACKLOG = 4096  # a whole room joins at once; daphne's own is 50, the kernel caps it at net.core.somaxconn
MESSAGE_BYTES = 16384  # the largest message from a phone: a comment with room to spare
DEAD_LOOP = 70  # the exit code of a process whose scribe or hub has died (sysexits: EX_SOFTWARE)
SETTLED = 30.0  # seconds a process must live to count as started
QUICK_ENDS = 5  # so many short lives in a row, and the launcher gives up
WATCH = 15.0  # seconds between two looks at the machine's addresses

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. The launcher keeps it: phones that call while daphne is away wait instead of failing."""
    if ":" in host:
        raise RefusalError(_("Only IPv4 addresses can be served; for IPv6 put a proxy in front."))
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        door.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RefusalError(
            _("Port {port} on {host} cannot be used ({reason}). Choose another with --port.").format(
                port=port, host=host, reason=reason
            )
        ) from None
    return door


def daphne(descriptor: int, behind_proxy: bool = False) -> list[str]:
    """The command that serves the hall on an open socket. Every limit is explained in the README ("Limits")."""
    command = [sys.executable, "-P", "-m", "daphne", "--fd", str(descriptor), "--verbosity", "0", "--no-server-name"]
    command += ["--ping-interval", "20", "--ping-timeout", "30", "--websocket_connect_timeout", "30"]
    command += ["--websocket_timeout", str(24 * 3600), "--http-timeout", "60", "--application-close-timeout", "10"]
    command += ["--websocket-max-message-size", str(MESSAGE_BYTES), "--websocket-max-frame-size", str(MESSAGE_BYTES)]
    if behind_proxy:
        command.append("--proxy-headers")
    return [*command, "project.asgi:application"]


def end_with_parent() -> None:
    """In a child before exec: the kernel ends it when the launcher dies, so that no orphan keeps the port."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def raise_file_limit() -> None:
    """Every phone is an open file: ask for all the kernel allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server:
    """Keeps one daphne running until it is told to stop."""

    def __init__(self, door: socket.socket, environ: dict[str, str], behind_proxy: bool = False) -> None:
        self.door = door
        self.environ = environ
        self.command = daphne(door.fileno(), behind_proxy)
        self._stop_asked = False
        self.children: list[subprocess.Popen[bytes]] = []
        self._server: subprocess.Popen[bytes] | None = None

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a child that ends with the server; it does not see the terminal's Ctrl-C, only our signal."""
        child = subprocess.Popen(
            command,
            cwd=BASE,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            pass_fds=(self.door.fileno(),),
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl, nothing that could wait for a lock
        )
        self.children.append(child)
        return child

    def run(self, started: Callable[[], None], watch: Callable[[], bool] | None = None) -> int:
        """Serve until SIGINT or SIGTERM. ``started`` is called once, when the hall first answers; ``watch`` now and
        then, and a true answer starts the process anew. Returns the exit code of the launcher."""
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            return self._keep(started, watch)
        finally:
            self._end_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _keep(self, started: Callable[[], None], watch: Callable[[], bool] | None) -> int:
        quick_ends = 0
        told = False
        while not self._stopping():
            began = time.monotonic()
            self._server = self.spawn(self.command)
            if not told and self._answers():
                told = True
                started()
            renewed = self._wait(watch)
            if self._stopping():
                return 0
            if renewed:
                continue
            code = self._server.returncode
            quick_ends = quick_ends + 1 if time.monotonic() - began < SETTLED else 0
            if quick_ends >= QUICK_ENDS or not told:
                warn(_("The server ends at once each time (exit code {code}); the reason is above.").format(code=code))
                return 1
            pause = min(0.5 * 2**quick_ends, 30.0)
            reason = _("its writer or its hub died") if code == DEAD_LOOP else _("exit code {code}").format(code=code)
            warn(_("The server ended ({reason}) and starts again.").format(reason=reason))
            self._sleep(pause)
        return 0

    def _wait(self, watch: Callable[[], bool] | None) -> bool:
        """Until the process ends; true when it was ended here because ``watch`` asked for a new one."""
        assert self._server is not None
        looked = time.monotonic()
        while self._server.poll() is None and not self._stopping():
            self._sleep(0.2)
            if watch is not None and time.monotonic() - looked >= WATCH:
                looked = time.monotonic()
                if watch():
                    self._end(self._server)
                    return True
        return False

    def _answers(self) -> bool:
        """Whether the running process answers HTTP within a minute (the socket alone accepts before it does)."""
        host, port = self.door.getsockname()[:2]
        host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - a comparison
        assert self._server is not None
        until = time.monotonic() + 60
        while time.monotonic() < until and self._server.poll() is None and not self._stopping():
            try:
                with socket.create_connection((host, port), timeout=5) as line:
                    line.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                    if line.recv(5) == b"HTTP/":
                        return True
            except OSError:
                pass
            self._sleep(0.1)
        return False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _stopping(self) -> bool:
        return self._stop_asked

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _end_all(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            self._end(child)


def environment(**values: str) -> dict[str, str]:
    """This process's environment with ``values`` set, without what belongs to tests alone."""
    environ = {name: value for name, value in os.environ.items() if name != "HALL_TESTING"}
    environ |= values
    environ["PYTHONPATH"] = str(BASE)
    return environ
