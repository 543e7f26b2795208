"""A page that fails: smaller, then without the run at fault, and never in silence."""

import asyncpg
import pytest

from dripline.durable.jobs import Page
from dripline.engine.runs.pages import page_or_pass
from dripline.kernel.errors import Conflict

PASSED = Page(1, cursor="passed")


async def turned(failures: dict[int, Exception]) -> tuple[Page, list[int]]:
    """A page whose sizes fail as given; the page, and the sizes that were tried."""
    tried: list[int] = []

    async def attempt(size: int) -> Page:
        tried.append(size)
        if size in failures:
            raise failures[size]
        return Page(size, cursor="next")

    async def pass_over(error: Exception) -> Page:
        return PASSED

    return await page_or_pass(attempt, pass_over, limit=500), tried


async def test_a_page_that_works_is_not_tried_again() -> None:
    assert await turned({}) == (Page(500, cursor="next"), [500])


async def test_a_page_that_fails_is_tried_with_one_run() -> None:
    assert await turned({500: ValueError()}) == (Page(1, cursor="next"), [500, 1])


async def test_a_run_that_fails_alone_is_passed_over() -> None:
    assert await turned({500: ValueError(), 1: ValueError()}) == (PASSED, [500, 1])


@pytest.mark.parametrize("error", [Conflict("lost"), asyncpg.exceptions.SerializationError("again")])
async def test_what_is_no_fault_of_a_run_passes_nobody_over(error: Exception) -> None:
    with pytest.raises(type(error)):
        await turned({500: error})
    with pytest.raises(type(error)):
        await turned({500: ValueError(), 1: error})
