"""The settings as another process sees them: each variable, its faults, and what goes out with every answer."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from project.csp import SocketCSPMiddleware
from project.launch import BASE
from project.launch.folder import make, read_config, write_config
from project.logs import PrivateFileHandler, PrivateFormatter, masked


def settings_with(folder: Path, **environ: str) -> dict[str, object]:
    """The settings a fresh process gets from exactly these variables, as text."""
    script = (
        "import json; import project.settings as s\n"
        "print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=str))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE,
        env=kept | {"HALL_DATA": str(folder)} | environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]
    found: dict[str, object] = json.loads(done.stdout)
    return found


def refusal(folder: Path, **environ: str) -> str:
    with pytest.raises(AssertionError) as caught:
        settings_with(folder, **environ)
    return str(caught.value)


def test_nothing_set_is_a_small_hall_on_a_lan(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["DEBUG"] is False
    assert found["HTTPS"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0
    assert found["TESTING"] is False
    assert "sqlite3" in str(found["DATABASES"])
    assert "InMemory" in str(found["CHANNEL_LAYERS"])
    assert found["TIME_ZONE"] == "Asia/Shanghai"
    assert found["LANGUAGE_CODE"] == "zh-hans"


def test_answers_of_the_first_start_count_and_a_variable_goes_before_them(tmp_path: Path) -> None:
    write_config(tmp_path, public_url="https://hall.example")
    assert settings_with(tmp_path)["PUBLIC_URL"] == "https://hall.example"
    assert "hall.example" in str(settings_with(tmp_path)["ALLOWED_HOSTS"])
    assert settings_with(tmp_path, HALL_PUBLIC_URL="http://other.example/")["PUBLIC_URL"] == "http://other.example"
    assert settings_with(tmp_path, HALL_PUBLIC_URL="")["PUBLIC_URL"] == ""


def test_the_secret_key_comes_from_the_folder_and_old_keys_stay_valid(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    make(folder, demo=False)
    first = (folder / "secret_key").read_text().strip()
    assert settings_with(folder)["SECRET_KEY"] == first
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
    subprocess.run(
        [sys.executable, "manage.py", "rotate_secret_key"],
        cwd=BASE,
        env=kept | {"HALL_DATA": str(folder)},
        check=True,
        capture_output=True,
    )
    found = settings_with(folder)
    assert found["SECRET_KEY"] != first
    assert found["SECRET_KEY_FALLBACKS"] == [first]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_without_a_key_each_process_makes_its_own(tmp_path: Path) -> None:
    assert settings_with(tmp_path)["SECRET_KEY"] != settings_with(tmp_path)["SECRET_KEY"]


def test_postgres_and_redis_by_variables(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path, HALL_DATABASE="postgresql://hall:p%40ss@db:5433/hall", HALL_REDIS="redis://cache:6379/0"
    )
    database = found["DATABASES"]["default"]  # type: ignore[index]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert [database[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "hall", "hall", "p@ss", "db", "5433",
    ]  # fmt: skip
    assert "RedisPubSubChannelLayer" in str(found["CHANNEL_LAYERS"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HALL_DATABASE", "mysql://hall@db/hall"),
        ("HALL_HOSTS", "*"),
        ("HALL_HOSTS", "hall.example,*.example"),
        ("HALL_PUBLIC_URL", "hall.example"),
        ("HALL_SCRIBE", "threads"),
        ("HALL_SCRIBE_QUEUE", "many"),
        ("HALL_LOG", "syslog"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    said = refusal(tmp_path, **{name: value})
    assert "ImproperlyConfigured" in said
    assert name in said


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[1")
    assert "config.json" in refusal(tmp_path)


def test_https_turns_on_what_a_lan_cannot_have(tmp_path: Path) -> None:
    found = settings_with(tmp_path, HALL_PUBLIC_URL="https://hall.example", HALL_PROXY="1")
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31536000
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://hall.example"]


# --- Content Security Policy ---------------------------------------------------------------------------------


def policy(host: str) -> dict[str, str]:
    middleware = SocketCSPMiddleware(lambda _request: HttpResponse("x"))
    header = middleware(RequestFactory(headers={"host": host}).get("/"))["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@override_settings(ALLOWED_HOSTS=["192.168.1.5"])
def test_the_policy_allows_no_inline_code_and_names_the_socket() -> None:
    found = policy("192.168.1.5:8000")
    assert found["script-src"] == "'self'"
    assert found["style-src"] == "'self'"
    assert found["frame-ancestors"] == "'none'"
    assert found["base-uri"] == "'none'"
    assert found["object-src"] == "'none'"
    assert found["connect-src"] == "'self' ws://192.168.1.5:8000 wss://192.168.1.5:8000"


@override_settings(ALLOWED_HOSTS=["192.168.1.5"])
def test_a_foreign_host_gets_no_socket() -> None:
    with pytest.raises(DisallowedHost):
        RequestFactory(headers={"host": "evil.example"}).get("/").get_host()
    assert policy("evil.example")["connect-src"] == "'self'"


# --- the log ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Not Found: /s/AbC:1x-_9/vote", "Not Found: /s/…/vote"),
        ("Forbidden: '/s/AbC'", "Forbidden: '/s/…'"),
        ("Not Found: /q/AbC:1x/", "Not Found: /q/…/"),
        ("GET http://h:8000/s/AbC?d=1 now", "GET http://h:8000/s/…?… now"),
        ("Bad Request: /verify?number=47&code=9", "Bad Request: /verify?…"),
        ("Not Found: /archive/47", "Not Found: /archive/47"),
    ],
)
def test_tokens_and_queries_never_reach_the_log(line: str, kept: str) -> None:
    assert masked(line) == kept


def test_an_exception_is_logged_without_what_was_said() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(PrivateFormatter("%(message)s"))
    log = logging.getLogger("tests.private")
    log.addHandler(handler)
    log.propagate = False
    try:
        raise ValueError("王秀兰 3栋2单元")
    except ValueError:
        log.exception("Internal Server Error: %s", "/s/secret-token/act")
    finally:
        log.removeHandler(handler)
    said = out.getvalue()
    assert "王秀兰" not in said
    assert "secret-token" not in said
    assert "ValueError" in said
    assert "test_settings.py" in said


def test_the_log_file_is_private_and_rotates(tmp_path: Path) -> None:
    path = tmp_path / "log/hall.log"
    handler = PrivateFileHandler(path, maxBytes=200, backupCount=2, delay=True, encoding="utf-8")
    assert not path.parent.exists()
    for number in range(20):
        handler.emit(logging.makeLogRecord({"msg": f"event {number} of some length", "levelno": logging.INFO}))
    handler.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["hall.log", "hall.log.1", "hall.log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_config_keeps_what_it_is_not_asked_to_change(tmp_path: Path) -> None:
    write_config(tmp_path, public_url="https://a.example")
    write_config(tmp_path, lan_url="http://10.0.0.1")
    assert read_config(tmp_path) == {"public_url": "https://a.example", "lan_url": "http://10.0.0.1"}
