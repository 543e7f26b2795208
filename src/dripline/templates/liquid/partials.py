"""The tags that partials stand in for, once their text is in the text of a template.

`{% render 'card', title: name %}` is written out when a template is saved, so that a rendering child needs nothing but
the template: the text of the partial stands between two tags that only we write, which do what standard Liquid does.
"""

from collections.abc import Iterable
from typing import TextIO

from liquid import BoundTemplate, Environment, RenderContext, TokenStream
from liquid.ast import Node, Partial
from liquid.builtin.tags.include_tag import IncludeNode, IncludeTag
from liquid.builtin.tags.render_tag import RenderNode, RenderTag
from liquid.parser import get_parser
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

PREFIX = "__"
"""How the names of the tags begin that only we write."""

_KEPT = "partial"


def partial_under_way(context: RenderContext) -> BoundTemplate:
    """The partial that the tag at which a rendering has arrived stands for."""
    partial: BoundTemplate = context.tag_namespace[_KEPT]
    return partial


class _Inlined(Node):
    """What the nodes of the library do, with a partial that they hold."""

    __slots__ = ()

    partial: BoundTemplate

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        context.tag_namespace[_KEPT] = self.partial
        return super().render_to_output(context, buffer)  # type: ignore[safe-super]

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:  # noqa: ARG002
        return self.partial.nodes

    def partial_scope(self) -> Partial | None:
        found = super().partial_scope()
        if found is not None:
            # Each is looked through by itself: it may be given other names than the one before.
            found.name, found.key = f"{self.partial.name}:{self.token.start_index}", None
        return found


class _RenderNode(_Inlined, RenderNode):
    __slots__ = ("partial",)


class _IncludeNode(_Inlined, IncludeNode):
    __slots__ = ("partial",)


class InlinedRender(RenderTag):
    """`{% __render 'card', title: name %}…{% end__render %}`."""

    name = f"{PREFIX}render"
    end = f"end{PREFIX}render"
    block = True
    node_class = _RenderNode

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        assert isinstance(node, _RenderNode)
        node.partial = _parse_partial(self.env, stream, self.end, str(getattr(node.name, "value", "")))
        return node


class InlinedInclude(IncludeTag):
    """`{% __include 'card' %}…{% end__include %}`."""

    name = f"{PREFIX}include"
    end = f"end{PREFIX}include"
    block = True
    node_class = _IncludeNode

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        assert isinstance(node, _IncludeNode)
        node.partial = _parse_partial(self.env, stream, self.end, str(getattr(node.name, "value", "")))
        return node


def _parse_partial(env: Environment, stream: TokenStream, end: str, name: str) -> BoundTemplate:
    stream.expect(TOKEN_EXPRESSION)
    next(stream)
    block = get_parser(env).parse_block(stream, (end,))
    stream.expect(TOKEN_TAG, value=end)
    return env.template_class(env, block.nodes, name)
