"""QR codes of our own addresses, drawn as SVG."""

from __future__ import annotations

from io import BytesIO

import segno
from markupsafe import Markup


def qr_drawing(text: str) -> Markup:
    """The square for a page, as large as its place."""
    image = BytesIO()
    segno.make(text, error="m", micro=False).save(
        image, kind="svg", xmldecl=False, svgns=True, omitsize=True, svgclass=None,
        lineclass=None, border=2, nl=False,
    )  # fmt: skip
    return Markup(image.getvalue().decode())  # noqa: S704  (our own drawing)


def qr_data_uri(text: str) -> str:
    """The same as an address of its own, for a PDF."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(border=2))
