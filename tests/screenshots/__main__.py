"""Runs a throwaway product, and draws the mails in its inbox into a folder."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.makers.installation import an_installation
from tests.makers.models import a_mail, a_model, a_plan, by_form
from tests.screenshots.browser import NoBrowser, find_browser
from tests.screenshots.drawing import draw, index_of
from tests.screenshots.mails import Mail, every_block, run_examples

FOLDER = Path(__file__).parents[2] / "screenshots"


async def _main(browser: str) -> list[Mail]:
    with TemporaryDirectory() as folder, an_installation(Path(folder)) as product, product.client:
        async with a_model(by_form(plan=a_plan(0, 1, 2, 3, 4), mail=lambda: a_mail())) as model:
            mails = [*await run_examples(product, model), every_block(product)]
    await draw(mails, FOLDER, browser)
    return mails


if __name__ == "__main__":
    try:
        FOLDER.mkdir(exist_ok=True)
        drawn = asyncio.run(_main(find_browser()))
        (FOLDER / "index.html").write_text(index_of(drawn), "utf-8")
        sys.stdout.write(f"{len(drawn)} mails are in {FOLDER / 'index.html'}\n")
    except NoBrowser as error:
        sys.exit(str(error))
