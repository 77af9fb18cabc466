"""Pages as PDF files: laid out by WeasyPrint in a child process, with the machine's own fonts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache

from marketplace.edge.pdf_writer import ENGINE_MISSING
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.settings import ROOT

FONTS = "Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Micro Hei, PingFang SC, Microsoft YaHei"
SECONDS_MAX = 50
WRITER = "marketplace.edge.pdf_writer"


def pdf_of(html: str) -> bytes:
    """A page as a tagged PDF (PDF/UA-1), so that it can be read aloud as well as printed.

    Refuses, before anything is laid out, on a machine without a font that has Chinese characters:
    a file full of empty boxes would be worse than none. Refuses without the layout library, and a
    page that cannot be laid out within the limits of memory and time.
    """
    if not chinese_fonts():
        raise Refused(Refusal("pdf_font_missing"))
    try:
        done = subprocess.run(  # noqa: S603  (our own module)
            [sys.executable, "-m", WRITER],
            input=html.encode(),
            cwd=ROOT,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(Refusal("pdf_too_large")) from error
    if done.returncode == ENGINE_MISSING:
        raise Refused(Refusal("pdf_engine_missing"))
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise Refused(Refusal("pdf_too_large"))
    return done.stdout


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
