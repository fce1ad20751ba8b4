"""``serve`` and ``demo`` as processes: first start, second start, a killed server, a moved machine."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path

from project.launch import folder, services
from tests.project.halls import ADMINISTRATOR, run, serving


def test_nobody_to_ask_and_nothing_given_is_said_clearly(tmp_path: Path) -> None:
    port = services.spare_port()
    done = run("serve", "--port", str(port), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "HALL_ADMIN_NAME" in done.stderr
    weak = {"HALL_ADMIN_NAME": "fang", "HALL_ADMIN_PASSWORD": "12345678"}
    done = run("serve", "--port", str(port), "--data", str(tmp_path / "data"), **weak)
    assert done.returncode == 1
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_real_hall_from_its_first_start_to_its_last(tmp_path: Path) -> None:
    data, log, port = tmp_path / "data", tmp_path / "log", services.spare_port()
    with serving(
        log, port, "serve", "--data", str(data), **ADMINISTRATOR, HALL_PUBLIC_URL="http://127.0.0.1:9"
    ) as hall:
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
        assert (data / "authority").is_dir()
        assert not (data / "demo.json").exists()
        assert hall.get("/healthz", Host="evil.example")[0] == 400
        hall.until(lambda: "does not reach this hall" in hall.said())

        # a second server on the same folder would be a second hub that knows nothing of the first
        done = run("serve", "--port", str(services.spare_port()), "--data", str(data))
        assert done.returncode == 1
        assert "running" in done.stderr

        (killed,) = hall.servers()
        os.kill(killed, signal.SIGKILL)
        hall.until(lambda: hall.servers() not in ([], [killed]))
        hall.until(hall.healthy)
        assert "starts again" in hall.said()
        assert hall.stop() == 0

    # the machine has moved: slips printed at the first address lead nowhere
    folder.write_config(data, lan_url="http://192.0.2.77:8000")
    with serving(log, port, "serve", "--data", str(data)) as hall:
        hall.until(lambda: "ATTENTION" in hall.said() and "192.0.2.77" in hall.said())
        assert folder.read_config(data)["lan_url"] == f"http://127.0.0.1:{port}"
        assert hall.stop() == 0


def test_no_orphan_keeps_the_port_when_the_launcher_is_killed(tmp_path: Path) -> None:
    data, port = tmp_path / "data", services.spare_port()
    with serving(tmp_path / "log", port, "serve", "--data", str(data), **ADMINISTRATOR) as hall:
        (child,) = hall.servers()
        hall.process.kill()
        hall.process.wait()
        end = time.monotonic() + 30
        while Path(f"/proc/{child}").exists():
            assert time.monotonic() < end
            time.sleep(0.1)
    with serving(tmp_path / "log", port, "serve", "--data", str(data)) as hall:
        assert hall.healthy()


def test_the_demo_starts_twice_and_stops_cleanly(tmp_path: Path) -> None:
    data, log, port = tmp_path / "demo", tmp_path / "log", services.spare_port()
    for _start in range(2):
        with serving(log, port, "demo", "--data", str(data)) as hall:
            hall.until(lambda: "The demo hall is open" in hall.said())
            assert hall.get("/")[0] == 200
            assert hall.stop() == 0
    assert (data / "demo.json").exists()
    done = run("serve", "--port", str(port), "--data", str(data), **ADMINISTRATOR)
    assert done.returncode == 1
    assert "demo's folder" in done.stderr
