"""Backup and restore: everything comes back, nothing secret of a vote goes along, a bad archive changes nothing."""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from project.launch import folder, services
from tests.project.halls import ADMINISTRATOR, environment, run, serving


def made(data: Path, **extra: str) -> None:
    """A prepared hall with a document, a vote's key and a log in its folder."""
    with serving(
        data.parent / "log", services.spare_port(), "serve", "--data", str(data), **ADMINISTRATOR, **extra
    ) as hall:
        assert hall.stop() == 0
    for name, text in {
        "files/2026/决议.pdf": "document",
        "keys/7/vote.key": "the key of a secret vote",
        "log/hall.log": "event",
    }.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as opened:
        return set(opened.getnames())


def administrators(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "hall.sqlite3")) as database:
        return [name for (name,) in database.execute("SELECT username FROM auth_user")]


def test_a_hall_comes_back_on_sqlite(tmp_path: Path) -> None:
    data, archive, back = tmp_path / "data", tmp_path / "hall.tar.gz", tmp_path / "back"
    made(data)
    with serving(tmp_path / "log", services.spare_port(), "serve", "--data", str(data)):
        done = run("backup", str(archive), "--data", str(data))  # while it is being served
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    held = names(archive)
    assert {"manifest.json", "hall.sqlite3", "config.json", "secret_key", "files/2026/决议.pdf"} <= held
    assert any(name.startswith("authority/") for name in held)
    assert not [name for name in held if name.startswith(("keys", "static", "log", "server.lock", "hall.sqlite3-"))]
    assert not list(data.glob(".backup-*"))

    assert run("backup", str(archive), "--data", str(data)).returncode == 1  # never over an existing file
    done = run("restore", str(archive), "--data", str(back))
    assert done.returncode == 0, done.stderr
    assert "verifies" in done.stdout
    assert (back / "files/2026/决议.pdf").read_text() == "document"
    assert (back / "secret_key").read_text() == (data / "secret_key").read_text()
    assert stat.S_IMODE(back.stat().st_mode) == 0o700
    assert not (back / "keys/7").exists()
    assert administrators(back) == ["fang"]
    with serving(tmp_path / "log", services.spare_port(), "serve", "--data", str(back)) as hall:
        assert hall.healthy()


def test_votes_keys_stay_out_wherever_they_are(tmp_path: Path) -> None:
    data, archive = tmp_path / "data", tmp_path / "hall.tar.gz"
    made(data)
    (data / "files/secret").mkdir()
    (data / "files/secret/vote.key").write_text("key")
    (data / "files/link").symlink_to("/etc/passwd")
    done = run("backup", str(archive), "--data", str(data), HALL_KEYS=str(data / "files/secret"))
    assert done.returncode == 0, done.stderr
    assert not [name for name in names(archive) if "secret/" in name or "link" in name]


def test_a_backup_is_refused_where_it_makes_no_sense(tmp_path: Path) -> None:
    folder.make(tmp_path / "data", demo=False)
    done = run("backup", str(tmp_path / "data/b.tar.gz"), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert not (tmp_path / "data/b.tar.gz").exists()
    done = run("backup", str(tmp_path / "b.tar.gz"), "--data", str(tmp_path / "data"))
    assert "no database" in done.stderr
    done = run("backup", str(tmp_path / "c.tar.gz"), "--data", str(tmp_path))
    assert "no hall" in done.stderr
    assert not (tmp_path / "c.tar.gz").exists()


def test_restore_goes_only_into_an_empty_folder(tmp_path: Path) -> None:
    archive = written(tmp_path, {})
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").write_text("x")
    done = run("restore", str(archive), "--data", str(tmp_path / "full"))
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert (tmp_path / "full/mine").read_text() == "x"
    (tmp_path / "busy").mkdir()
    with folder.in_use(tmp_path / "busy"):
        done = run("restore", str(archive), "--data", str(tmp_path / "busy"))
    assert "running" in done.stderr


def written(
    place: Path, change: dict[str, object], extra: tarfile.TarInfo | None = None, content: bytes = b"x"
) -> Path:
    """An archive like ours of one small file, with parts of its manifest changed, and perhaps one member more."""
    import hashlib

    body = b"not really a database"
    about: dict[str, object] = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    manifest: dict[str, object] = {
        "format": 1,
        "created": "2026-10-01T08:00:00+00:00",
        "database": "hall.sqlite3",
        "files": {"hall.sqlite3": about},
    } | change
    path = place / f"{len(list(place.iterdir()))}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in (("manifest.json", json.dumps(manifest).encode()), ("hall.sqlite3", body)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        if extra is not None:
            if extra.isfile():
                extra.size = len(content)
            archive.addfile(extra, io.BytesIO(content) if extra.isfile() else None)
    return path


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


ONE = {"size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
DATABASE = {"hall.sqlite3": {"size": 21, "sha256": "0" * 64}}


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        ({"format": 2}, None),
        ({"format": None}, None),
        ({"database": "/etc/passwd"}, None),
        ({"files": []}, None),
        ({"created": "yesterday"}, None),
        ({"files": DATABASE}, None),
        ({"files": DATABASE | {"../out": ONE}}, tarfile.TarInfo("../out")),
        ({"files": DATABASE | {"/tmp/out": ONE}}, tarfile.TarInfo("/tmp/out")),
        ({"files": DATABASE | {"keys/vote.key": ONE}}, tarfile.TarInfo("keys/vote.key")),
        ({"files": DATABASE | {"files/./a": ONE}}, tarfile.TarInfo("files/./a")),
        ({}, tarfile.TarInfo("unnamed")),
        ({}, tarfile.TarInfo("hall.sqlite3")),
        ({}, link("hall.sqlite3", "/etc/passwd", tarfile.SYMTYPE)),
        ({}, link("dev", "", tarfile.CHRTYPE)),
    ],
)
def test_an_altered_archive_changes_nothing(
    tmp_path: Path, change: dict[str, object], extra: tarfile.TarInfo | None
) -> None:
    archive = written(tmp_path, change, extra)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("restore", str(archive), "--data", str(tmp_path / "back"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["server.lock"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "back") == before


@pytest.mark.parametrize("content", [b"", b"text", gzip.compress(b"text", mtime=0), gzip.compress(b"0", mtime=0)[:9]])
def test_any_other_file_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    done = run("restore", str(tmp_path / "file"), "--data", str(tmp_path / "back"))
    assert done.returncode == 1
    assert "no backup" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    folder.make(tmp_path / "data", demo=False)
    (tmp_path / "data/hall.sqlite3").write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    done = run("backup", str(tmp_path / "b.tar.gz"), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()


@pytest.mark.postgres
def test_a_hall_comes_back_on_postgres(tmp_path: Path, postgres_url: str, postgres_server: str) -> None:
    data, archive, back = tmp_path / "data", tmp_path / "hall.tar.gz", tmp_path / "back"
    made(data, HALL_DATABASE=postgres_url)
    done = run("backup", str(archive), "--data", str(data), HALL_DATABASE=postgres_url)
    assert done.returncode == 0, done.stderr
    assert "database.pgdump" in names(archive)
    assert "hall.sqlite3" not in names(archive)

    done = run("restore", str(archive), "--data", str(back))
    assert done.returncode == 1
    assert "HALL_DATABASE" in done.stderr
    done = run("restore", str(archive), "--data", str(back), HALL_DATABASE=postgres_url)
    assert "not empty" in done.stderr

    second = f"{urlsplit(postgres_url).path.lstrip('/')}_back"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{second}"')
    try:
        into = urlsplit(postgres_url)._replace(path=f"/{second}").geturl()
        done = run("restore", str(archive), "--data", str(back), HALL_DATABASE=into)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(into) as connection:
            assert connection.execute("SELECT username FROM auth_user").fetchall() == [("fang",)]
        assert (back / "files/2026/决议.pdf").exists()
        assert not (back / "database.pgdump").exists()
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{second}" WITH (FORCE)')
    assert "HALL_DATABASE" not in environment()
