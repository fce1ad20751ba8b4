"""What docker-compose.yml starts, with the real servers: PostgreSQL, Redis, two web processes, nginx in front."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from project.deploy import certificate
from project.launch import BASE, services
from tests.project.halls import ADMINISTRATOR, run, serving


def configured(place: Path, **values: str) -> Path:
    """The proxy's configuration as the nginx image fills it in, around it what that image's own file has."""
    text = (BASE / "project/deploy/nginx.conf").read_text()
    wanted = set(re.findall(r"\$\{(\w+)\}", re.sub(r"(?m)^#.*$", "", text)))
    assert wanted == set(values)
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    types = Path("/etc/nginx/mime.types")
    user = "user root; " if os.geteuid() == 0 else ""  # the test's folder is closed to other accounts
    head = f"{user}pid {place}/nginx.pid; error_log {place}/error.log; events {{ }}\nhttp {{ include {types};\n"
    spare = "".join(
        f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = place / "nginx.conf"
    path.write_text(head + spare + text + "}\n")
    return path


def test_every_variable_of_the_proxy_is_set_by_compose() -> None:
    text = (BASE / "docker-compose.yml").read_text()
    wanted = set(re.findall(r"\$\{(HALL_\w+)\}", (BASE / "project/deploy/nginx.conf").read_text()))
    assert wanted
    for name in wanted:
        assert re.search(rf"^      {name}:", text, re.MULTILINE), name


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    assert certificate.make(tmp_path, "hall.example")
    first = (tmp_path / "fullchain.pem").read_bytes()
    assert not certificate.make(tmp_path, "hall.example")
    assert (tmp_path / "fullchain.pem").read_bytes() == first
    assert (tmp_path / "privkey.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.postgres
@pytest.mark.redis
def test_two_processes_behind_the_proxy(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    data, static = tmp_path / "data", tmp_path / "static"
    https, http, one, two = (services.spare_port() for _ in range(4))
    settings = {
        "HALL_DATABASE": postgres_url,
        "HALL_REDIS": redis_url,
        "HALL_REDIS_PREFIX": tmp_path.name,
        "HALL_PUBLIC_URL": f"https://localhost:{https}",
        "HALL_PROXY": "1",
        "HALL_LOG": "console",
        "HALL_STATIC": str(static),
    }
    done = run("serve", "--prepare", "--port", str(one), "--data", str(data), **settings, **ADMINISTRATOR)
    assert done.returncode == 0, done.stderr
    certificate.make(tmp_path, "localhost")
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    assert program is not None, "nginx is missing; ./hall test installs it"
    conf = configured(
        tmp_path,
        HALL_WEB_1=f"127.0.0.1:{one}",
        HALL_WEB_2=f"127.0.0.1:{two}",
        HALL_HTTP_PORT=f"127.0.0.1:{http}",
        HALL_HTTPS_PORT=f"127.0.0.1:{https}",
        HALL_SERVER_NAME="localhost",
        HALL_STATIC=str(static),
        HALL_CERTIFICATES=str(tmp_path),
    )
    worker = ("serve", "--worker", "--data", str(data))
    with (
        serving(tmp_path / "one", one, *worker, **settings) as first,
        serving(tmp_path / "two", two, *worker, **settings) as second,
    ):
        proxy = subprocess.Popen(
            [program, "-c", str(conf), "-p", str(tmp_path), "-g", "daemon off;"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _answers(https)
            trusted = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
            for _time in range(4):
                with urlopen(f"https://localhost:{https}/healthz", context=trusted, timeout=10) as answer:
                    assert answer.status == 200
            with urlopen(Request(f"http://127.0.0.1:{http}/healthz"), timeout=10) as answer:
                assert answer.status == 200
            file = next(path for path in static.rglob("*.css"))
            with urlopen(
                f"https://localhost:{https}/static/{file.relative_to(static)}", context=trusted, timeout=10
            ) as answer:
                assert answer.read() == file.read_bytes()
                assert "immutable" in answer.headers["Cache-Control"]
            # one process down: the other answers for both
            assert first.stop() == 0
            with urlopen(f"https://localhost:{https}/healthz", context=trusted, timeout=10) as answer:
                assert answer.status == 200
            assert second.healthy()
        finally:
            proxy.send_signal(signal.SIGQUIT)
            try:
                proxy.wait(20)
            except subprocess.TimeoutExpired:
                proxy.kill()
                proxy.wait()


def _answers(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return
        except (OSError, URLError):
            assert time.monotonic() < until
            time.sleep(0.05)
