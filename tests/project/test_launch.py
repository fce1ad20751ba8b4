"""The launcher's parts: folder, addresses, questions, catalogues, options, the shell part's own words."""

from __future__ import annotations

import os
import pty
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from project.launch import BASE, account, addresses, demo, first_run, folder, prepare, server, translations
from project.launch.__main__ import main, parser
from project.launch.words import RefusalError


def test_a_new_folder_is_closed_to_others_and_has_its_key(tmp_path: Path) -> None:
    data = tmp_path / "deep/data"
    folder.make(data, demo=False)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    key = (data / "secret_key").read_text()
    assert len(key.strip()) >= 64
    folder.make(data, demo=False)
    assert (data / "secret_key").read_text() == key


def test_an_open_folder_is_closed_again(tmp_path: Path) -> None:
    folder.make(tmp_path / "data", demo=False)
    (tmp_path / "data").chmod(0o755)
    folder.make(tmp_path / "data", demo=False)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_demo_and_real_halls_never_share_a_folder(tmp_path: Path) -> None:
    folder.make(tmp_path / "real", demo=False)
    folder.make(tmp_path / "play", demo=True)
    assert not (tmp_path / "real/demo.json").exists()
    assert (tmp_path / "play/demo.json").exists()
    with pytest.raises(RefusalError, match="real hall"):
        folder.make(tmp_path / "real", demo=True)
    with pytest.raises(RefusalError, match="demo's folder"):
        folder.make(tmp_path / "play", demo=False)


def test_somebodys_folder_and_a_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/one.jpg").write_bytes(b"x")
    with pytest.raises(RefusalError, match="not empty"):
        folder.make(tmp_path / "photos", demo=False)
    with pytest.raises(RefusalError, match="is a file"):
        folder.make(tmp_path / "photos/one.jpg", demo=True)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["one.jpg"]


def test_a_folder_is_held_by_one_server_or_by_several_of_a_kind(tmp_path: Path) -> None:
    with folder.in_use(tmp_path), pytest.raises(RefusalError, match="running"), folder.in_use(tmp_path):
        pass
    several = folder.in_use(tmp_path, several=True)
    with several, folder.in_use(tmp_path, several=True), pytest.raises(RefusalError, match="running"):
        folder.in_use(tmp_path).__enter__()
    with folder.in_use(tmp_path):
        pass


def test_the_folder_comes_from_the_option_then_the_variable_then_the_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALL_DATA", str(tmp_path / "by-variable"))
    assert folder.chosen(str(tmp_path / "given")) == tmp_path / "given"
    assert folder.chosen(None) == tmp_path / "by-variable"
    assert folder.chosen(None, demo=True).name == "yishiting-demo"
    monkeypatch.delenv("HALL_DATA")
    assert folder.chosen(None) == folder.default_path()
    assert BASE not in folder.default_path().parents


def test_own_hosts_name_this_machine_and_never_everything() -> None:
    hosts = addresses.own_hosts()
    assert "127.0.0.1" in hosts
    assert socket.gethostname().lower() in hosts
    assert not any("*" in host for host in hosts)
    assert not set(addresses.lan_addresses()) & {"127.0.0.1", "0.0.0.0"}


def test_the_port_80_needs_no_number() -> None:
    assert addresses.url("10.0.0.1", 80) == "http://10.0.0.1"
    assert addresses.url("10.0.0.1", 8000) == "http://10.0.0.1:8000"


def test_a_dead_public_address_is_told_with_its_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "refused" in addresses.why_unreachable(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("text", ["", "https://hall.example.cn", "http://10.0.0.1:8000", "https://议事厅.example/"])
def test_public_addresses(text: str) -> None:
    assert first_run.public_url_fault(text) == ""


@pytest.mark.parametrize(
    "text",
    ["hall.example", "ftp://hall.example", "https://", "https://hall.example/hall", "https://a:99999", "https://*.cn",
     "https://a b.cn", "https://me:word@hall.example", "javascript:alert(1)", "https://hall.example?x=1"],
)  # fmt: skip
def test_what_is_no_public_address(text: str) -> None:
    assert first_run.public_url_fault(text).endswith(".")


def test_a_taken_port_is_named() -> None:
    with server.listen("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        with pytest.raises(RefusalError, match=str(port)):
            server.listen("127.0.0.1", port)
    with pytest.raises(RefusalError, match="IPv4"):
        server.listen("::1", port)


def test_the_server_has_its_limits() -> None:
    command = server.daphne(7)
    for name, value in {
        "--fd": "7",
        "--ping-interval": "20",
        "--ping-timeout": "30",
        "--http-timeout": "60",
        "--websocket-max-message-size": "16384",
        "--websocket-max-frame-size": "16384",
        "--verbosity": "0",
    }.items():
        assert command[command.index(name) + 1] == value
    assert "--proxy-headers" not in command
    assert "--proxy-headers" in server.daphne(7, behind_proxy=True)


def test_a_server_never_carries_the_tests_shortcuts() -> None:
    assert os.environ["HALL_TESTING"] == "1"
    assert "HALL_TESTING" not in server.environment()


@pytest.mark.parametrize(
    "arguments",
    [["demo", "--port", "0"], ["demo", "--port", "70000"], ["demo", "--speed", "0"], ["serve", "--play"], ["sing"], []],
)
def test_wrong_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(arguments)
    assert caught.value.code == 2
    assert "./hall" in capsys.readouterr().err


def test_several_processes_need_a_shared_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HALL_DATABASE", "HALL_REDIS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(account, "for_server", lambda *_: None)  # may be root here; the account is another test's
    assert main(["serve", "--worker", "--port", "1", "--host", "::", "--data", str(tmp_path)]) == 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert main(["serve", "--worker", "--host", "127.0.0.1", "--port", str(port), "--data", str(tmp_path)]) == 1
    assert "HALL_REDIS" in capsys.readouterr().err


def test_pages_of_the_demo_are_read_from_its_mark(tmp_path: Path) -> None:
    folder.make(tmp_path / "d", demo=True)
    assert demo.pages(tmp_path / "d") == {}
    (tmp_path / "d/demo.json").write_text('{"demo": true, "pages": {"wall": "/w/1", "phone": "elsewhere"}}')
    assert demo.pages(tmp_path / "d") == {"wall": "/w/1"}


# --- accounts ------------------------------------------------------------------------------------------------


def test_only_root_changes_accounts(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        with pytest.raises(RefusalError, match="root"):
            account.for_server(tmp_path, "root")
        with pytest.raises(RefusalError, match="no-such-person"):
            account.for_server(tmp_path, "no-such-person")
    else:
        assert account.for_server(tmp_path) is None
        with pytest.raises(RefusalError, match="Only root"):
            account.for_server(tmp_path, "nobody")


def test_root_is_given_up_for_good(tmp_path: Path) -> None:
    """A child gives up root and cannot come back; started by anyone else, it stays who it is."""
    script = """
import os, sys
from pathlib import Path
from project.launch import account
data = Path(sys.argv[1])
person = account.for_server(data, "nobody" if os.geteuid() == 0 else "")
# the program itself may stand where nobody may read it; that is the next test's matter
account._readable = lambda path: True
account.become(person, data)
try:
    os.setuid(0)
    print("root again")
except PermissionError:
    print("not root", os.getgroups() == [] or person is None or 0 not in os.getgroups(), os.access(data, os.W_OK))
"""
    # a folder every account can reach: pytest's own are closed to others
    place = Path("/var/tmp") / f"hall-account-{os.getpid()}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(place)],
            cwd=BASE,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(BASE)},
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if os.geteuid() == 0:
        assert done.stdout.split() == ["not", "root", "True", "True"], done.stderr


def test_a_filled_folder_of_another_account_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    if os.geteuid() == 0:
        with pytest.raises(RefusalError, match="chown"):
            account.for_server(tmp_path, "nobody")
    assert tmp_path.stat().st_uid == os.geteuid()


# --- questions at a terminal ---------------------------------------------------------------------------------


def at_terminal(script: str, answers: list[str], *arguments: str) -> str:
    """Run a script whose standard input is a terminal, type the answers, return all that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(BASE)
        os.environ.pop("HALL_PUBLIC_URL", None)
        os.execv(sys.executable, [sys.executable, "-c", script, *arguments])
    shown = b""
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    _pid, status = os.waitpid(child, 0)
    assert status == 0, shown.decode()
    return shown.decode()


def test_the_public_address_is_asked_until_it_is_one_and_kept(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from project.launch import first_run\n"
        "print('got', first_run.public_url(Path(sys.argv[1])))"
    )
    shown = at_terminal(script, ["hall", "https://hall.example.cn/"], str(tmp_path))
    assert "begins with http" in shown
    assert "got https://hall.example.cn" in shown
    assert folder.read_config(tmp_path)["public_url"] == "https://hall.example.cn"
    assert "Public address" not in at_terminal(script, [], str(tmp_path))


# --- words ---------------------------------------------------------------------------------------------------


def test_catalogues_are_compiled_once_and_a_fault_is_told(tmp_path: Path) -> None:
    source = tmp_path / "zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(head + 'msgid "hall"\nmsgstr "议事厅"\n')
    prepare.catalogues(tmp_path)
    compiled = source.with_suffix(".mo")
    first = compiled.stat().st_mtime_ns
    prepare.catalogues(tmp_path)
    assert compiled.stat().st_mtime_ns == first
    source.write_text(head + 'msgid "hall\nmsgstr "x"\n')
    os.utime(source, ns=(first + 10**9, first + 10**9))
    with pytest.raises(RefusalError, match=r"django\.po"):
        prepare.catalogues(tmp_path)
    assert compiled.stat().st_mtime_ns == first


def test_each_kind_of_missing_translation_is_found() -> None:
    fresh, ours = polib.POFile(), polib.POFile()
    for text in ("new", "empty", "unsure", "wrong %(name)s", "fine {count}"):
        fresh.append(polib.POEntry(msgid=text))
    ours.append(polib.POEntry(msgid="empty", msgstr=""))
    ours.append(polib.POEntry(msgid="unsure", msgstr="不确定", flags=["fuzzy"]))
    ours.append(polib.POEntry(msgid="wrong %(name)s", msgstr="错 %(nam)s"))
    ours.append(polib.POEntry(msgid="fine {count}", msgstr="好 {count}"))
    found = "\n".join(translations.faults(fresh, ours))
    for text in ("not in the catalogue: 'new'", "not translated: 'empty'", "fuzzy: 'unsure'", "错 %(nam)s"):
        assert text in found
    assert "fine" not in found


# --- the shell part ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "word"), [("C.UTF-8", "Usage"), ("zh_CN.UTF-8", "用法")])
def test_help_in_the_language_of_the_terminal(language: str, word: str) -> None:
    done = subprocess.run(
        ["sh", str(BASE / "hall"), "help"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": language},
    )
    assert done.returncode == 0
    assert word in done.stdout
    for command in ("demo", "serve", "manage", "backup", "restore", "test", "screens"):
        assert f"\n  {command} " in done.stdout


def test_an_unknown_command_is_refused_before_anything_is_installed() -> None:
    done = subprocess.run(["sh", str(BASE / "hall"), "sing"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "sing" in done.stderr


def test_the_launcher_runs_from_the_clone() -> None:
    assert os.access(BASE / "hall", os.X_OK)
    assert os.access(BASE / ".ci/run", os.X_OK)
