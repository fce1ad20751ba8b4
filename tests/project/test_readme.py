"""The README keeps what the code promises of it."""

import re
from pathlib import Path

from project.launch import BASE
from project.launch.server import daphne
from voting.acts import offered

README = (BASE / "README.md").read_text("utf-8")
COMPOSE_ALONE = ("docker-compose.yml", "project/deploy/nginx.conf")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def variables(path: Path) -> set[str]:
    return set(re.findall(r"\bHALL_[A-Z0-9_]*[A-Z0-9]\b", path.read_text("utf-8")))


def test_every_variable_stands_in_the_settings() -> None:
    sources = [BASE / "hall", BASE / "project/settings.py", *(BASE / "project/launch").glob("*.py")]
    sources += [BASE / name for name in COMPOSE_ALONE]
    read = set().union(*map(variables, sources))
    assert read
    assert not read - set(re.findall(r"`(HALL_\w+)`", section("Settings")))


def test_the_sections_that_the_code_cites_are_there() -> None:
    assert section("How it is kept safe")
    assert "\n### Packages\n" in README


def test_the_limits_are_those_the_server_is_started_with() -> None:
    command = daphne(3)
    limits = section("Limits")
    for option in ("--ping-interval", "--ping-timeout", "--http-timeout", "--application-close-timeout"):
        assert f"{command[command.index(option) + 1]} s" in limits
    assert f"{int(command[command.index('--websocket-max-message-size') + 1]):,} bytes" in limits


def test_every_rule_a_motion_may_have_is_named() -> None:
    told = set(re.findall(r"`([a-z_]+)`", section("How a vote is worked out")))
    assert {key for key, _ in offered()} <= told


def test_links_inside_lead_somewhere() -> None:
    heads = re.findall(r"^#{2,4} (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif "://" not in target:
            assert (BASE / target).is_file()
