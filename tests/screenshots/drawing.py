"""Drawing mails in a browser, at the widths of a desktop's reading pane and of a phone, light and dark."""

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Route, async_playwright

from tests.screenshots.mails import Mail

WIDTHS = (700, 375)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# What stands for an image of the web: nothing is loaded from it.
_IMAGE = """<svg xmlns="http://www.w3.org/2000/svg" width="600" height="340" viewBox="0 0 600 340">
<rect width="600" height="340" fill="#c7d2fe"/><circle cx="450" cy="90" r="50" fill="#fef3c7"/>
<path d="M0 340 L200 120 L330 260 L430 170 L600 340 Z" fill="#6366f1"/></svg>"""

_PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


async def draw(mails: Sequence[Mail], folder: Path, browser: str) -> None:
    """A picture of each mail for each width and scheme, into a folder that is there."""
    # A browser that runs as root has no sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=browser, args=arguments)
        for mail in mails:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    await _draw_one(running, mail, width, scheme, folder / _file(mail, width, scheme))
        await running.close()


async def _draw_one(browser: Browser, mail: Mail, width: int, scheme: Literal["light", "dark"], file: Path) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=False
    )
    await page.route("**/*", _answer)
    await page.set_content(mail.html, wait_until="load")
    await page.screenshot(path=file, full_page=True)
    await page.close()


async def _answer(route: Route) -> None:
    if "/o/" in route.request.url:
        # The pixel that counts opens, which nobody sees.
        await route.fulfill(body=_PIXEL, content_type="image/svg+xml")
    elif route.request.resource_type == "image":
        await route.fulfill(body=_IMAGE, content_type="image/svg+xml")
    else:
        await route.abort()


def _file(mail: Mail, width: int, scheme: str) -> str:
    return f"{mail.name}-{width}-{scheme}.png"


def index_of(mails: Sequence[Mail]) -> str:
    """A page that shows the pictures side by side."""
    rows = "".join(
        f"<h2>{escape(mail.name)}: {escape(mail.subject)}</h2>\n<div>{_pictures(mail)}</div>\n" for mail in mails
    )
    style = "body { font: 16px sans-serif } div { display: flex; gap: 16px; align-items: start }"
    return f'<!doctype html>\n<meta charset="utf-8"><title>Mails</title><style>{style}</style>\n{rows}'


def _pictures(mail: Mail) -> str:
    names = [_file(mail, width, scheme) for width in WIDTHS for scheme in SCHEMES]
    return "".join(f'<img src="{escape(name)}" alt="{escape(name)}">' for name in names)
