"""Pages as PDF files: laid out by WeasyPrint, with the machine's own fonts and nothing fetched."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from typing import Any

from marketplace.foundation.errors import Refusal, Refused

FONTS = "Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Micro Hei, PingFang SC, Microsoft YaHei"


def pdf_of(html: str) -> bytes:
    """A page as a tagged PDF (PDF/UA-1), so that it can be read aloud as well as printed.

    Refuses, before anything is laid out, on a machine without the layout library or without a
    font that has Chinese characters: a file full of empty boxes would be worse than none.
    """
    if not chinese_fonts():
        raise Refused(Refusal("pdf_font_missing"))
    weasyprint = _engine()
    # Pictures stand in the page itself as data; no other address is followed.
    fetcher = weasyprint.URLFetcher(allowed_protocols=["data"])
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    content: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return content


@lru_cache(maxsize=1)
def chinese_fonts() -> tuple[str, ...]:
    """Families of this machine that have the common Chinese characters, as fontconfig knows."""
    lister = shutil.which("fc-list")
    if lister is None:
        return ()
    answer = subprocess.run(  # noqa: S603  (a fixed question to fontconfig)
        [lister, ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=30, check=False
    )
    return tuple(sorted({line.strip() for line in answer.stdout.splitlines() if line.strip()}))


def _engine() -> Any:
    # Imported when it is needed: it takes most of a second and loads Pango.
    try:
        import weasyprint
    except OSError as error:
        raise Refused(Refusal("pdf_engine_missing")) from error
    return weasyprint
