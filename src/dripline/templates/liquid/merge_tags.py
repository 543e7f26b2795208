"""Merge tags with words for when there is nothing: `{{ firstName|there }}`, `{{ event.duration.hours|a few }}`.

What stands behind a pipe and begins with the name of a filter is that filter. The first that does not is a text, shown
when the value is missing or empty. A name with a colon behind it is meant as a filter, whether there is one or not.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from liquid import Markup, RenderContext, Token, TokenStream
from liquid.builtin.expressions import FilteredExpression, tokenize
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.output import Output, OutputNode
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_PIPE
from liquid.undefined import is_undefined

_PIECE = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^|])*+")
_NAMED = re.compile(r"\s*(\w[\w-]*\??)\s*(:)?")
_QUOTED = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)')\s*(?=\||$)")
_WORDS = re.compile(r"[^|]*")


@dataclass(frozen=True, slots=True)
class Fallback:
    """A text that is shown for nothing, behind the pipe at `pipe`; `start` and `end` are what was written."""

    pipe: int
    start: int
    end: int
    text: str
    is_quoted: bool = False


def fallback_in(expression: str, filters: Container[str]) -> Fallback | None:
    """The fallback in what stands between `{{` and `}}`, or None: it is an expression of standard Liquid."""
    pipe = _end_of_piece(expression, 0)
    while pipe < len(expression):
        if not _is_filter(expression, pipe + 1, filters):
            return _fallback(expression, pipe)
        pipe = _end_of_piece(expression, pipe + 1)
    return None


def _end_of_piece(expression: str, start: int) -> int:
    match = _PIECE.match(expression, start)
    assert match is not None, "it matches nothing, too"
    return match.end()


def _is_filter(expression: str, start: int, filters: Container[str]) -> bool:
    named = _NAMED.match(expression, start)
    return named is not None and (named[2] is not None or named[1] in filters)


def _fallback(expression: str, pipe: int) -> Fallback | None:
    quoted = _QUOTED.match(expression, pipe + 1)
    if quoted is not None:
        return Fallback(pipe, pipe + 1, quoted.end(), quoted[1] or quoted[2] or "", is_quoted=True)
    words = _WORDS.match(expression, pipe + 1)
    assert words is not None, "it matches nothing, too"
    text = words[0].strip()
    if not text:
        # A pipe with nothing behind it: the library says what is wrong with that.
        return None
    start = expression.index(text, pipe + 1)
    return Fallback(pipe, start, start + len(text), text)


class MergeTag(Output):
    """`{{ … }}` as in standard Liquid, and with a fallback."""

    def parse(self, stream: TokenStream) -> OutputNode:
        token = stream.eat(TOKEN_OUTPUT)
        expression = stream.expect(TOKEN_EXPRESSION)
        fallback = fallback_in(expression.value, self.env.filters)
        return self.node_class(token, self._parsed(expression, fallback))

    def _parsed(self, expression: Token, fallback: Fallback | None) -> FilteredExpression:
        if fallback is None:
            return self._standard(expression)
        before = self._standard(_part(expression, 0, fallback.pipe))
        at = _part(expression, fallback.start, fallback.end)
        rest = _stream(_part(expression, fallback.end, len(expression.value)))
        after = Filter.parse(self.env, rest, delim=(TOKEN_PIPE,))
        rest.eat(TOKEN_EOF)
        filters = [*(before.filters or ()), _OrElse(at, fallback.text), *after]
        return FilteredExpression(before.token, before.left, filters)

    def _standard(self, expression: Token) -> FilteredExpression:
        parsed = FilteredExpression.parse(self.env, _stream(expression))
        # The other kind is that of the ternary operator, which the environment does not have.
        assert isinstance(parsed, FilteredExpression)
        return parsed


class _OrElse(Filter):
    """Gives its text for what is missing or empty, and everything else as it is, `false` and 0 among it."""

    __slots__ = ("_text",)

    def __init__(self, token: Token, text: str) -> None:
        super().__init__(token, "default", [])
        self._text = text

    def evaluate(self, left: object, context: RenderContext) -> object:
        if not _is_nothing(left):
            return left
        # Written by the author, as what stands around it.
        return Markup(self._text) if context.autoescape else self._text


def _part(expression: Token, start: int, end: int) -> Token:
    return expression._replace(value=expression.value[start:end], start_index=expression.start_index + start)


def _stream(expression: Token) -> TokenStream:
    return TokenStream(tokenize(expression.value, expression))


def _is_nothing(value: object) -> bool:
    return value is None or is_undefined(value) or (isinstance(value, str | list | dict) and not value)
