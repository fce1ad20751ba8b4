"""Agenda item one of the demo hall as pages, and the small helpers that read a PDF with tools that are not ours."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sessions.documents.authority import Authority
from sessions.documents.pages import (
    Attendance,
    Bar,
    Channel,
    Figures,
    ItemPage,
    MinutesPage,
    MotionPage,
    RemarkPage,
    ResolutionPage,
    SpeechPage,
)
from sessions.documents.sign import sign

DIGEST = "3f9a1c7e5b2d8046a1f3e5c7092b4d6e8fa0c2e4163850729bd4f6a81c3e5072"
RECORD = b'{"format":"yishiting-record/1"}'
SIGNED_AT = datetime(2026, 11, 19, 9, 2, tzinfo=UTC)
RARE = "𬭎𫖯㛃䶮"  # characters of personal names outside of GB2312
TWO_THIRDS, HALF = "三分之二以上", "过半数"

FIGURES = (
    Figures(
        "heads", 59, 48, 33, 11, 4,
        quorum=Bar(TWO_THIRDS, 48, 59, 40, True), passing=Bar(HALF, 33, 48, 25, True),
    ),
    Figures(
        "area", 456502, 374221, 260336, 81078, 32807,
        quorum=Bar(TWO_THIRDS, 374221, 456502, 304335, True), passing=Bar(HALF, 260336, 374221, 187111, True),
    ),
)  # fmt: skip
MOTION = MotionPage(
    number="1-1",
    text="同意引进安居乐物业，试服务一年，物业费 0.55 元/㎡·月，按季交纳。",
    rule_name="业主共同决定·普通，记名",
    basis="《中华人民共和国民法典》第二百七十八条",
    outcome="通过",
    sentence="参与表决达到三分之二以上，赞成均过半数。",
    figures=FIGURES,
    channels=(Channel("扫码", 21, 6, 2), Channel("平板", 5, 2, 0), Channel("代录", 7, 3, 2)),
)


def speech(**changes: Any) -> SpeechPage:
    usual: dict[str, Any] = {
        "at": datetime(2026, 11, 19, 7, 8, tzinfo=UTC),
        "shown_as": "雷宏",
        "kind": "答",
        "stance": "列席",
        "seconds": 178,
        "gist": "承诺第一季度只收两个月的费",
    }
    return SpeechPage(**(usual | changes))


def item(**changes: Any) -> ItemPage:
    usual: dict[str, Any] = {
        "number": "一",
        "heading": "关于引进物业服务与收费标准",
        "kind": "定",
        "speeches": (speech(), speech(shown_as="朱*华", kind="辩", stance="反对", gist="“先把账公开了”再谈")),
        "questions": (RemarkPage("吕*英", "从哪个月开始交？", "从 12 月起。", 6),),
        "remarks": (RemarkPage(RARE, "灯先修好。"),),
        "motions": (MOTION,),
    }
    return ItemPage(**(usual | changes))


def _shared(changes: dict[str, Any]) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "office": "福苑里社区居民议事会",
        "made_at": SIGNED_AT,
        "signer": "福苑里社区居民议事会",
        "check_code": "8K4T-2M7X",
        "record_digest": DIGEST,
        "record_seq": 412,
        "verify_url": "https://hall.example.cn/v/7-8K4T-2M7X",
        "masked_note": "公示版：居民姓名只留首尾。",
        "posting": "公示期：2026年11月20日至12月4日（15日）。",
    }
    return usual | changes


def minutes(**changes: Any) -> MinutesPage:
    usual: dict[str, Any] = {
        "mark": "福苑里社区居民议事会纪要",
        "number": "福苑里议纪〔2026〕47号",
        "title": "2026年第47次居民议事会纪要",
        "when": "2026年11月19日（星期四）15:00—16:50",
        "place": "楼门议事厅",
        "form": "联席会",
        "chair": "汪学勤",
        "secretary": "白雪",
        "opening": ("福苑里社区在“楼门议事厅”召开居民议事会。",),
        "items": (item(),),
        "present": ("应到 60 户，实到 46 户。",),
        "attendance": (Attendance("出席", "46 户代表（名单存档）"), Attendance("列席", "孟丽华、龚建业")),
    }
    return MinutesPage(**_shared(usual | changes))


def resolution(**changes: Any) -> ResolutionPage:
    usual: dict[str, Any] = {
        "mark": "福苑里社区居民议事会决议",
        "number": "福苑里议决〔2026〕31号",
        "title": "关于引进安居乐物业服务与收费标准的决议",
        "level": "业主共同决定",
        "motion": MOTION,
        "meeting": "2026年第47次居民议事会",
        "minutes_number": "福苑里议纪〔2026〕47号",
    }
    return ResolutionPage(**_shared(usual | changes))


def tool(*command: str | Path) -> str:
    """What a poppler tool says; its exit status is part of no test."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace")


def text_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF as pdftotext reads it, without any white space."""
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    return re.sub(r"\s", "", tool("pdftotext", file, "-"))


def seal(pdf: bytes, authority: Authority) -> bytes:
    """`pdf` sealed by the secretary."""
    return sign(
        pdf,
        authority,
        signer_name="白雪",
        role="书记员",
        reason="签发纪要",
        location="楼门议事厅",
        at=SIGNED_AT,
        organisation="福苑里社区居民议事会",
    )
