"""The one environment that every template is parsed and rendered in.

Standard Liquid and merge tags, strict about syntax, lenient about data: what is missing renders as nothing. Templates
see the data they are given and nothing else: no other template, no file, no clock.
"""

from collections.abc import Mapping
from contextlib import suppress
from html import unescape
from typing import TextIO

from liquid import BoundTemplate, Environment, Markup, RenderContext
from liquid.builtin.filters.misc import date as _date
from liquid.builtin.filters.string import strip_html as _strip_html
from liquid.exceptions import FilterArgumentError, LiquidError, LiquidInterrupt
from liquid.filter import with_context, with_environment
from liquid.output import LimitedStringIO
from liquid.undefined import is_undefined
from liquid.utils import ReadOnlyChainMap

from dripline.templates.liquid.asking import holds_filter, minutes_left
from dripline.templates.liquid.merge_tags import MergeTag
from dripline.templates.liquid.partials import InlinedInclude, InlinedRender, partial_under_way

MOST_OUTPUT_BYTES = 1_000_000

# Tags that read other templates: what they name is put in their place before. Filters that standard Liquid does not
# have; `safe` would let data be markup without a warning.
_NO_TAGS = ("include", "render")
_NO_FILTERS = ("escapejs", "safe")

RAW = "raw"
"""The filter that lets data be markup."""


class _Context(RenderContext):
    """Resolves names in the template and its data; the library's own `now` would read the wall clock."""

    __slots__ = ()

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)

    def get_buffer(self, buf: TextIO | None = None) -> LimitedStringIO:
        """The library's, but that it keeps line ends as they are."""
        limit = self.env.output_stream_limit
        assert limit is not None
        used = buf.size if isinstance(buf, LimitedStringIO) else 0
        return LimitedStringIO(limit=limit - used, newline="")


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template

    def get_template(self, name: str, *, context: RenderContext | None = None, **_: object) -> BoundTemplate:
        """The partial that the tag holds which asks for it: there are no others."""
        assert context is not None, name
        return partial_under_way(context)

    block_nesting_limit = 30
    loop_iteration_limit = 100_000
    local_namespace_limit = 1_000_000


def environment(*, autoescape: bool, output_bytes: int = MOST_OUTPUT_BYTES, is_authored: bool = False) -> Environment:
    """An environment: with `autoescape` for HTML, without for subjects and plain text.

    `is_authored`: it parses what authors write, in which partials are named, besides what is rendered.
    """

    class Limited(_Environment):
        output_stream_limit = output_bytes

    made = Limited(autoescape=autoescape)
    if not is_authored:
        for tag in _NO_TAGS:
            del made.tags[tag]
    for name in _NO_FILTERS:
        del made.filters[name]
    for ours in (MergeTag, InlinedRender, InlinedInclude):
        made.add_tag(ours)
    made.add_filter("date", _date_at)
    made.add_filter(RAW, _raw)
    made.add_filter("holds", holds_filter)
    made.add_filter("minutes_left", minutes_left)
    return made


def render(template: BoundTemplate, scope: Mapping[str, object]) -> str:
    """The text that a parsed template gives in a scope.

    Raises:
        LiquidError: a filter cannot work on its value, or a limit is reached.
    """
    # Not template.render(): that copies the scope into a dict, and hides a property that is called `partial`.
    context = template.context_class(template, globals=scope)
    buffer = context.get_buffer()
    # A `break` outside a loop ends the template, as in the reference implementation.
    with suppress(LiquidInterrupt):
        for node in template.nodes:
            try:
                node.render(context, buffer)
            except LiquidError as error:
                # A limit has no place of its own: it is reached in what stands here.
                error.token = error.token or node.token
                raise
    return buffer.getvalue()


@with_environment
def _raw(value: object, *, environment: Environment) -> str:
    """A value as the markup that it holds; in a subject and in plain text without its tags."""
    text = "" if value is None or is_undefined(value) else str(value)
    return Markup(text) if environment.autoescape else unescape(_strip_html(text, environment=environment))


@with_context
def _date_at(value: object, form: str, *, context: RenderContext) -> str:
    """The library's `date`, but that "now" and "today" are the time of the mail, and no data makes it fail."""
    if value in ("now", "today"):
        value = context.resolve("now", default=None)
    if value is None:
        return ""
    try:
        shown: str = _date(value, form, environment=context.env)
    except (OverflowError, FilterArgumentError):
        # No date, or one that Python does not know.
        return str(value)
    return shown
