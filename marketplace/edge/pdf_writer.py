"""Lays a page out as PDF: a process of its own, with a limit on memory, that fetches nothing.

    python -m marketplace.edge.pdf_writer < page.html > page.pdf

A web worker that loaded the layout library would keep a hundred megabytes for good.
"""

from __future__ import annotations

import sys

ENGINE_MISSING = 4
MEMORY_MAX = 1_500 * 1024 * 1024


def main() -> int:
    """Exit code 0 with the file on standard output, or ENGINE_MISSING."""
    _limit_memory()
    try:
        import weasyprint
    except (ImportError, OSError):
        return ENGINE_MISSING
    html = sys.stdin.buffer.read().decode()
    # Pictures stand in the page itself as data; no other address is followed.
    fetcher = weasyprint.URLFetcher(allowed_protocols=["data"])
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))


if __name__ == "__main__":
    sys.exit(main())
