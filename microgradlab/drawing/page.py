"""Self-contained HTML pages, and the JavaScript module that pages and widgets share. Floor 8.

A page is one file that works offline: styles, script and data stand in it, and its content security
policy forbids everything that comes from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import Any

_PAGE = """\
<!doctype html>
<html lang="en" class="microgradlab">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script type="application/json" id="data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""

_MOUNT_STEPPER = """
mount(document.body, JSON.parse(document.getElementById("data").textContent));
"""


_MODULES = (
    *("elements", "keys", "replay", "computation"),
    *("graphic", "controls", "narration", "panel", "stepper"),
)
"""Each uses what stands before it."""


@cache
def asset(name: str) -> str:
    """The text of a file in `drawing/assets`."""
    return (resources.files("microgradlab.drawing") / "assets" / name).read_text("utf-8")


def module(operations: str) -> str:
    """The text of the stepper's ES module: it exports `mount`, and `render` for anywidget.

    Args:
        operations: JavaScript that defines `OPERATIONS`, from `javascript.operations`.

    >>> "export function mount(" in module("const OPERATIONS = {};")
    True
    """
    scripts = [asset(f"{name}.js") for name in _MODULES]
    return "\n".join([asset("primitives.js"), operations, *scripts])


def stepper_style() -> str:
    """The styles that a page with a stepper needs besides its own."""
    return asset("stepper.css") + asset("graphic.css") + asset("panel.css")


def widget_style() -> str:
    """The styles of a stepper that stands by itself in a notebook's output."""
    return asset("colours.css") + stepper_style()


def page(title: str, body: str, *, script: str, style: str, data: object) -> str:
    """One HTML file with all that it needs.

    Args:
        title: a plain text.
        body: HTML, which is trusted.
        script: an ES module; it finds the data by `document.getElementById("data")`.
        style: CSS that follows the colours and the styles of all pages.
        data: what JSON can hold; no text in it can break out.

    Raises:
        ValueError: nan or an infinity is in the data, for which JSON has no numeral.

    >>> "<title>a &lt; b</title>" in page("a < b", "", script="", style="", data={})
    True
    """
    code = f"\n{_unable_to_end(script)}"
    digest = base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy,
        title=escape(_encodable(title)),
        style=asset("colours.css") + asset("page.css") + style,
        body=_encodable(body),
        data=json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"),
        script=code,
    )


def stepper_page(explanation: Mapping[str, Any], operations: str) -> str:
    """The page that steps through a forward and backward pass.

    Args:
        explanation: `Explanation.to_dict()`.
        operations: JavaScript that defines `OPERATIONS`, from `javascript.operations`.
    """
    title = str(explanation["title"])
    return page(
        title,
        f"<h1>{escape(title)}</h1>",
        script=module(operations) + _MOUNT_STEPPER,
        style=stepper_style(),
        data=explanation,
    )


def _unable_to_end(script: str) -> str:
    r"""A script that HTML reads to its end: in a JavaScript string, `<\/` is `</`.

    >>> print(_unable_to_end('"</script><!--"'))
    "<\/script><\!--"
    """
    return re.sub(r"<(/script|!--)", r"<\\\1", script, flags=re.IGNORECASE)


def _encodable(text: str) -> str:
    """A text that UTF-8 can write: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
