"""The words for steps and changes: those of the language, and those for people."""

from collections.abc import Mapping
from typing import assert_never

from dripline.sequences.interpreter.explaining import show_value
from dripline.sequences.interpreter.program import (
    Act,
    AddTag,
    Change,
    Condition,
    Delay,
    Discount,
    Email,
    EnterSequence,
    Exit,
    JoinList,
    LeaveList,
    Node,
    RemoveTag,
    SetProperty,
    Split,
    Until,
    Wait,
    Webhook,
)

_CHANGES: Mapping[type[Change], str] = {
    AddTag: "tag",
    RemoveTag: "untag",
    JoinList: "addToList",
    LeaveList: "removeFromList",
    SetProperty: "setProperty",
    EnterSequence: "enroll",
}


def action_of(node: Node) -> str:
    """The word that the author wrote for this kind of step."""
    match node:
        case Email():
            return "email"
        case Delay() | Until():
            return "delay"
        case Condition():
            return "condition"
        case Wait():
            return "wait"
        case Split():
            return "split"
        case Act(change=change):
            return _CHANGES[type(change)]
        case Discount():
            return "discount"
        case Webhook():
            return "webhook"
        case Exit():
            return "exit"
        case unreachable:
            assert_never(unreachable)


def describe_change(change: Change) -> str:
    """What a change does, such as `adds the tag "customer"`."""
    match change:
        case AddTag(tag):
            return f"adds the tag {show_value(tag)}"
        case RemoveTag(tag):
            return f"removes the tag {show_value(tag)}"
        case JoinList(name):
            return f"adds to the list {show_value(name)}"
        case LeaveList(name):
            return f"removes from the list {show_value(name)}"
        case SetProperty(name, None):
            return f"removes the property {show_value(name)}"
        case SetProperty(name, value):
            return f"sets the property {show_value(name)} to {show_value(value)}"
        case EnterSequence(name):
            return f"enrolls in {show_value(name)}"
        case unreachable:
            assert_never(unreachable)
