"""From a page to a PDF: the right fonts, all of the text, the record attached, and nothing fetched, ever."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from sessions.documents import fonts
from sessions.documents.errors import DocumentError
from sessions.documents.pages import Page
from sessions.documents.printing import Printed, Sheet, print_sheet
from sessions.documents.render import html_of, render, sheet_of
from sessions.documents.worker import Worker
from sessions.halls import qr
from tests.documents import samples
from tests.documents.samples import text_of, tool

FAMILIES = ("Noto-Serif-CJK-SC", "Noto-Serif-CJK-SC-Bold", "Noto-Sans-CJK-SC-Bold")


def printed(worker: Worker, html: str, css: str = "", record: bytes | None = None) -> Printed:
    sheet = Sheet(html, css, "title", "author", "subject", samples.SIGNED_AT, {}, record)
    return worker.call(print_sheet, sheet, worker.folder, seconds=60)


@pytest.mark.parametrize("page", [samples.minutes(), samples.resolution(), samples.minutes(red_head=True)])
def test_only_the_declared_fonts_are_used_and_every_glyph_is_there(page: Page, worker: Worker, tmp_path: Path) -> None:
    result = worker.call(print_sheet, sheet_of(page, samples.RECORD), worker.folder, seconds=60)
    assert result.warnings == ()
    file = tmp_path / "page.pdf"
    file.write_bytes(result.pdf)
    rows = tool("pdffonts", file).splitlines()[2:]
    assert rows
    for row in rows:  # WeasyPrint writes another encoding than Identity-H exactly when glyphs are missing
        assert row.split("+")[1].split()[0] in FAMILIES
        assert re.search(r"Identity-H +yes yes yes", row)  # embedded, a subset, with a Unicode map


def test_everything_of_the_minutes_can_be_read(minutes_pdf: bytes, tmp_path: Path) -> None:
    text = text_of(minutes_pdf, tmp_path)
    for wanted in (
        "福苑里社区居民议事会纪要", "福苑里议纪〔2026〕47号", "2026年第47次居民议事会纪要", "汪学勤", "白雪",
        "15:08", "2:58",
        "朱*华", "辩·反对", "“先把账公开了”再谈", samples.RARE, "另有6人也想问", "动议1-1",
        "4565.02㎡", "48÷59＝81.36%",
        "2603.36÷3742.21＝69.57%", "需3043.35㎡，达到", "须三分之二以上", "扫码29216", "结果：通过。", "第二百七十八条",
        "出席：46户代表", "孟丽华", "2026年11月19日", "8K4T-2M7X", "3f9a1c7e", "第1—412条", "自签证书", "—1—", "公示版",
    ):  # fmt: skip
        assert wanted.replace(" ", "") in text, wanted


def test_everything_of_a_resolution_can_be_read(worker: Worker, tmp_path: Path) -> None:
    pdf = render(samples.resolution(), record=samples.RECORD, worker=worker)
    text = text_of(pdf, tmp_path)
    for wanted in (
        "业主共同决定", "同意引进安居乐物业", "参与表决48人3742.21㎡", "赞成33人2603.36㎡",
        "反对11人810.78㎡", "弃权4人328.07㎡",
        "33÷48＝68.75%", "需1871.11㎡，达到", "平板7（赞成5、反对2、弃权0）",
        "会议情况见福苑里议纪〔2026〕47号纪要", "公示期",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert "Pages:           2" in tool("pdfinfo", tmp_path / "read.pdf")


def test_the_file_says_what_it_is(minutes_pdf: bytes, tmp_path: Path) -> None:
    reader = PdfFileReader(BytesIO(minutes_pdf))
    assert reader.root["/Lang"] == "zh-CN"
    xmp = reader.root["/Metadata"].data
    assert b'pdfaid:part="3"' in xmp
    assert b'pdfaid:conformance="A"' in xmp
    assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    file = tmp_path / "page.pdf"
    file.write_bytes(minutes_pdf)
    said = tool("pdfinfo", "-custom", file)
    for fact in ("福苑里议纪〔2026〕47号", "8K4T-2M7X", samples.DIGEST, "412"):
        assert fact in said
    assert re.search(r"Tagged: +yes", tool("pdfinfo", file))


def test_the_record_comes_out_as_it_went_in(minutes_pdf: bytes, tmp_path: Path) -> None:
    file = tmp_path / "page.pdf"
    file.write_bytes(minutes_pdf)
    tool("pdfdetach", "-save", "1", "-o", tmp_path / "out.json", file)
    assert (tmp_path / "out.json").read_bytes() == samples.RECORD
    associated = PdfFileReader(BytesIO(minutes_pdf)).root["/AF"][0]
    assert associated["/AFRelationship"] == "/Data"


def test_another_process_makes_the_same_bytes(minutes_pdf: bytes) -> None:
    other = Worker()
    try:
        assert render(samples.minutes(), record=samples.RECORD, worker=other) == minutes_pdf
    finally:
        other.stop()


def test_without_a_public_address_no_address_is_printed(worker: Worker, tmp_path: Path) -> None:
    page = samples.resolution(verify_url="")
    assert "<img" not in html_of(page)
    text = text_of(render(page, worker=worker), tmp_path)
    assert "8K4T-2M7X" in text
    assert "扫码，" not in text
    assert "凭文号和查验码" in text
    assert "0 embedded files" in tool("pdfdetach", "-list", tmp_path / "read.pdf")


def test_the_qr_code_on_paper_is_the_one_that_was_asked_for(worker: Worker, tmp_path: Path) -> None:
    modules = qr.matrix("https://hall.example.cn/v/7-8K4T-2M7X")
    uri = qr.data_uri("https://hall.example.cn/v/7-8K4T-2M7X")
    css = "@page { size: 40mm; margin: 0 } body { margin: 0 } img { display: block; width: 40mm }"
    (tmp_path / "qr.pdf").write_bytes(printed(worker, f'<html lang="zh-CN"><img src="{uri}" alt="x">', css).pdf)
    tool("pdftoppm", "-gray", "-r", "150", "-singlefile", tmp_path / "qr.pdf", tmp_path / "qr")
    _, size, _, pixels = (tmp_path / "qr.pgm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    seen = [
        [
            pixels[int((y + 0.5) * height / len(modules)) * width + int((x + 0.5) * width / len(modules))] < 128
            for x in range(len(modules))
        ]
        for y in range(len(modules))
    ]
    assert seen == modules


def test_a_full_page_has_22_lines_of_28_characters_with_flush_edges(worker: Worker, tmp_path: Path) -> None:
    page = samples.minutes(opening=("居民议事" * 400,), items=(), present=())
    (tmp_path / "page.pdf").write_bytes(render(page, worker=worker))
    boxes = tool("pdftotext", "-bbox-layout", "-f", "2", "-l", "2", tmp_path / "page.pdf", "-")
    lines = re.findall(r'<line xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)".*?</line>', boxes, re.DOTALL)
    texts = re.findall(r"<word[^>]*>([^<]*)</word>", boxes)
    full = [text for text in texts if len(text) == 28]
    assert len(full) == 22
    edges = {round(float(right)) for left, right in lines if float(right) - float(left) > 400}
    assert len(edges) == 1


def test_lines_with_figures_and_quotes_are_flush_too(worker: Worker, tmp_path: Path) -> None:
    sentence = "应参加业主 59 人、4 565.02 平方米，实际参与 48 人（81.36%）；“通过”，见《办法》第 3 条。"
    page = samples.minutes(opening=(sentence * 30,), items=(), present=())
    (tmp_path / "page.pdf").write_bytes(render(page, worker=worker))
    boxes = tool("pdftotext", "-bbox-layout", "-f", "2", "-l", "2", tmp_path / "page.pdf", "-")
    rights = [float(edge) for edge in re.findall(r'<line xMin="[\d.]+" yMin="[\d.]+" xMax="([\d.]+)"', boxes)]
    type_area = (26 + 156) / 25.4 * 72
    assert len([edge for edge in rights if abs(edge - type_area) < 1]) == 22


def test_hostile_text_is_printed_as_text(worker: Worker, tmp_path: Path) -> None:
    nasty = (
        '<script>alert(1)</script><img src="file:///etc/passwd"> {{ 1 }} &lt;b&gt; \u202e反着写\u202c 好😀 \ud800 \x00'
    )
    page = samples.minutes(
        title=nasty[:20],
        items=(samples.item(heading=nasty, speeches=(samples.speech(gist=nasty, shown_as=samples.RARE),)),),
        masked_note=nasty,
    )
    text = text_of(render(page, worker=worker), tmp_path)
    assert '<script>alert(1)</script><imgsrc="file:///etc/passwd">{{1}}&lt;b&gt;反着写好［U+1F600］［U+D800］' in text
    assert samples.RARE in text


def test_an_overlong_word_breaks_in_reasonable_time(worker: Worker, tmp_path: Path) -> None:
    page = samples.minutes(items=(samples.item(speeches=(samples.speech(gist="x" * 20_000),)),))
    assert text_of(render(page, worker=worker, seconds=30), tmp_path).count("x") >= 20_000


def test_a_character_no_font_has_is_refused_by_its_name(worker: Worker) -> None:
    with pytest.raises(DocumentError) as refused:  # from the style, where text is not treated
        printed(worker, '<html lang="zh-CN"><p>x', 'p::before { content: "😀" }')
    assert refused.value.code == "unprintable"
    assert "😀" in str(refused.value)
    assert "U+1F600" in str(refused.value)


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as refused:
        fonts.find((tmp_path,))
    assert refused.value.code == "fonts_missing"
    assert "Noto Serif CJK Bold" in str(refused.value)
    assert "fonts-noto-cjk" in str(refused.value)


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server of ours that writes down whatever asks for anything."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def _svg(address: str) -> str:
    image = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        f'<image xlink:href="{address}" width="9" height="9"/><use href="{address}#a"/>'
        f"<style>@import url({address});</style></svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(image.encode()).decode()


ATTACKS = {
    "image": '<img src="{at}">',
    "style sheet": '<link rel="stylesheet" href="{at}">',
    "import": "<style>@import url({at})</style>",
    "background": '<p style="background: url({at})">x',
    "font": "<style>@font-face {{ font-family: x; src: url({at}) }} p {{ font-family: x }}</style><p>x",
    "object": '<object data="{at}"></object>',
    "embed": '<embed src="{at}">',
    "frame": '<iframe src="{at}"></iframe>',
    "image in svg": '<img src="{svg}">',
    "inline svg": '<svg width="9" height="9"><image href="{at}" width="9" height="9"/></svg>',
    "attached by link": '<link rel="attachment" href="file://{file}">x',
    "attached by anchor": '<a rel="attachment" href="file://{file}">x</a>',
    "base": '<base href="{at}/"><img src="relative.png">',
    "poster": '<video poster="{at}"></video>',
    "refresh": '<meta http-equiv="refresh" content="0;url={at}">',
    "content": "<style>p::before {{ content: url({at}) }}</style><p>x",
    "list": '<ul style="list-style: url({at})"><li>x</ul>',
    "file": '<img src="file://{file}">',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_ever_fetched(attack: str, worker: Worker, listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    html = ATTACKS[attack].format(at=f"{address}/x", svg=_svg(f"{address}/x"), file=secret)
    (tmp_path / "page.pdf").write_bytes(printed(worker, f'<html lang="zh-CN">{html}').pdf)
    assert asked == []
    assert "0 embedded files" in tool("pdfdetach", "-list", tmp_path / "page.pdf")
    assert "SECRET" not in tool("pdftotext", tmp_path / "page.pdf", "-")


def test_a_style_cannot_fetch_either(worker: Worker, listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    printed(worker, '<html lang="zh-CN"><p>x', f"@import url({address}/y); p {{ background: url({address}/z) }}")
    assert asked == []


@pytest.mark.long
def test_a_thousand_speeches_are_set_in_the_time_there_is(worker: Worker) -> None:
    speeches = tuple(
        samples.speech(gist="老人上下楼很不方便，请先公示维修费用，再讨论更换方案。" * 4) for _ in range(1000)
    )
    assert len(render(samples.minutes(items=(samples.item(speeches=speeches),)), worker=worker)) > 100_000
