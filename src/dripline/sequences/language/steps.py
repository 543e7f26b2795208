"""Reading steps."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from dripline.documents.conditions import read_filter, read_predicate, read_tag
from dripline.documents.faults import Faults, did_you_mean, one_of, quote
from dripline.documents.fields import LONGEST_CONTENT, Reader, plain
from dripline.documents.nodes import Fields, Mark, Node, Scalar
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json, check_properties
from dripline.sequences.language.discounts import read_discount
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    Condition,
    Delay,
    Email,
    Enroll,
    Exit,
    OnPast,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    Wait,
    Webhook,
)
from dripline.sequences.language.shorthand import spelled_out

MOST_STEPS = 500
STEP_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
EXPECTED_ID = "1 to 64 letters, digits, dots, underscores or hyphens"
LONGEST_SUBJECT = 998
LONGEST_URL = 2048
MOST_WEIGHT = 1_000_000

_PROPERTIES = "contact.properties."
_BODIES = ("html", "mjml", "blocks")
_NOT_BESIDE_DURATION = {
    "until": "a delay has either 'duration' or 'until'.",
    "onMissing": "'onMissing' belongs to 'until', not to 'duration'.",
    "onPast": "'onPast' belongs to 'until', not to 'duration'.",
}
# Liquid, which may hold blanks, stands behind the host: data never says who is called.
_URL = re.compile(r"https?://[^\s/?#@{}]+(?:[/?#](?:\{\{.*?\}\}|\{%.*?%\}|\S)*)?", re.IGNORECASE)
_LIQUID_HOST = re.compile(r"(?:https?://)?[^/?#]*\{[{%]", re.IGNORECASE)


class StepReader:
    """Reads the steps of one definition: counts them all and knows the ids that were given."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._ids: dict[str, str] = {}
        self._count = 0

    def read(self, nodes: Sequence[Node], path: str) -> tuple[Step, ...]:
        """The steps of one list; a step with a fault that leaves nothing of it is left out."""
        placed = ((spelled, f"{path}[{index}]") for index, node in enumerate(nodes) for spelled in spelled_out(node))
        steps = (self._step(node, place) for node, place in placed)
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node, path: str) -> Step | None:
        self._count += 1
        if self._count > MOST_STEPS:
            self._note_too_many(node.mark, path)
            return None
        expected = f"a step with 'action': {one_of(list(_ACTIONS))}"
        reader = Reader.of(node, path, self._faults, expected=expected)
        read = self._action(reader) if reader is not None else None
        if reader is None or read is None:
            return None
        step = read(self, reader, self._id(reader))
        reader.finish()
        return step

    def _note_too_many(self, mark: Mark | None, path: str) -> None:
        if self._count == MOST_STEPS + 1:
            expected = f"at most {MOST_STEPS} steps, nested ones counted"
            self._faults.note(path, "there are too many steps.", mark, expected=expected)

    def _action(self, reader: Reader) -> "_ReadStep | None":
        node = reader.need("action", expected=one_of(list(_ACTIONS)), hint=_hint_at_action(reader.node))
        if node is None:
            return None
        word = node.value if isinstance(node, Scalar) else None
        if isinstance(word, str) and word in _ACTIONS:
            return _ACTIONS[word]
        hint = did_you_mean(word, _ACTIONS) if isinstance(word, str) else None
        self._faults.wrong(node, reader.place("action"), expected=one_of(list(_ACTIONS)), hint=hint)
        return None

    def _id(self, reader: Reader) -> str | None:
        step_id = reader.text("id")
        if step_id is None:
            return None
        if not STEP_ID.fullmatch(step_id):
            reader.wrong("id", f"{quote(step_id)} is no id.", expected=EXPECTED_ID)
        elif step_id in self._ids:
            reader.wrong("id", f"the id {quote(step_id)} is taken by {self._ids[step_id]}.", expected="another id")
        else:
            self._ids[step_id] = reader.path
        return step_id

    def _email(self, reader: Reader, step_id: str | None) -> Step:
        email = Email(
            id=step_id,
            template=reader.text("template"),
            subject=reader.text("subject", longest=LONGEST_SUBJECT),
            html=reader.text("html", longest=LONGEST_CONTENT),
            mjml=reader.text("mjml", longest=LONGEST_CONTENT),
            blocks=_read_blocks(reader),
            text=reader.text("text", longest=LONGEST_CONTENT),
            name=reader.text("name"),
            preview_text=reader.text("previewText", longest=LONGEST_SUBJECT),
            layout=reader.text("layout"),
            sender=reader.mailbox("sender"),
        )
        _check_content(reader)
        return email

    def _delay(self, reader: Reader, step_id: str | None) -> Step:
        delay = Delay(
            id=step_id,
            duration=reader.duration("duration"),
            until=reader.property_path("until"),
            at=reader.time_of_day("at"),
            on_missing=reader.choice("onMissing", Onward) or Onward.CONTINUE,
            on_past=reader.choice("onPast", OnPast) or OnPast.CONTINUE,
        )
        if reader.find("duration") is None and reader.find("until") is None:
            reader.need("duration", expected="a duration such as 3d, or 'until' with the property of a date")
        if reader.find("duration") is not None:
            for key in ("until", "onMissing", "onPast"):
                if reader.find(key) is not None:
                    reader.wrong(key, _NOT_BESIDE_DURATION[key])
        return delay

    def _condition(self, reader: Reader, step_id: str | None) -> Step:
        test = read_predicate(reader)
        on_true = reader.choice("onTrue", OnTrue)
        then, otherwise = self._inner(reader, "then"), self._inner(reader, "else")
        ways = [key for key in ("then", "else") if reader.find(key) is not None]
        if reader.find("onTrue") is None and not ways:
            reader.need("onTrue", expected="'exit' or 'skip', or steps in 'then' or 'else'")
        if reader.find("onTrue") is not None and ways:
            reader.wrong(ways[0], "a condition has either 'onTrue', or 'then' and 'else'.")
        return Condition(id=step_id, test=test, on_true=on_true, then=then, otherwise=otherwise)

    def _inner(self, reader: Reader, key: str) -> tuple[Step, ...]:
        nodes = reader.items(key)
        if nodes is not None and not nodes:
            reader.wrong(key, f"{quote(key)} has no steps.", expected="at least one step")
        return self.read(nodes or (), reader.place(key))

    def _wait(self, reader: Reader, step_id: str | None) -> Step:
        return Wait(
            id=step_id,
            event=reader.need_text("event"),
            timeout=reader.need_duration("timeout"),
            where=read_filter(reader, "where"),
            on_timeout=reader.choice("onTimeout", Onward) or Onward.CONTINUE,
        )

    def _split(self, reader: Reader, step_id: str | None) -> Step:
        nodes = reader.need_items("branches")
        place = reader.place("branches")
        branches = [self._branch(node, f"{place}[{index}]") for index, node in enumerate(nodes)]
        if reader.find("branches") is not None and len(nodes) < 2:
            reader.wrong("branches", "a split needs at least two branches.", expected="two or more branches")
        return Split(id=step_id, branches=tuple(branch for branch in branches if branch is not None))

    def _branch(self, node: Node, path: str) -> SplitBranch | None:
        reader = Reader.of(node, path, self._faults, expected="a branch with 'weight' and 'steps'")
        if reader is None:
            return None
        branch = SplitBranch(
            weight=reader.need_whole("weight", least=1, most=MOST_WEIGHT),
            steps=self.read(reader.need_items("steps"), reader.place("steps")),
            name=reader.text("name"),
        )
        reader.finish()
        return branch

    def _discount(self, reader: Reader, step_id: str | None) -> Step:
        return read_discount(reader, step_id)

    def _tag(self, reader: Reader, step_id: str | None) -> Step:
        return AddTag(id=step_id, tag=read_tag(reader, "tag"))

    def _untag(self, reader: Reader, step_id: str | None) -> Step:
        return RemoveTag(id=step_id, tag=read_tag(reader, "tag"))

    def _add_to_list(self, reader: Reader, step_id: str | None) -> Step:
        return AddToList(id=step_id, list=reader.need_text("list"))

    def _remove_from_list(self, reader: Reader, step_id: str | None) -> Step:
        return RemoveFromList(id=step_id, list=reader.need_text("list"))

    def _set_property(self, reader: Reader, step_id: str | None) -> Step:
        if reader.entry("value") is None:
            reader.wrong("value", "'value' is missing.", expected="a value, or null to remove the property")
        return SetProperty(id=step_id, property=_property_name(reader), value=_property_value(reader))

    def _enroll(self, reader: Reader, step_id: str | None) -> Step:
        return Enroll(id=step_id, sequence=reader.need_text("sequence"))

    def _exit(self, reader: Reader, step_id: str | None) -> Step:
        return Exit(id=step_id, reason=reader.text("reason"))

    def _webhook(self, reader: Reader, step_id: str | None) -> Step:
        url = reader.need_text("url", longest=LONGEST_URL)
        if url and _LIQUID_HOST.match(url):
            reader.wrong("url", "its host cannot come from data.", expected="https:// and a host, then Liquid")
        elif url and not _URL.fullmatch(url):
            reader.wrong("url", "this is no web address.", expected="an address that begins with https://")
        return Webhook(
            id=step_id,
            url=url,
            body=reader.json("body"),
            on_error=reader.choice("onError", Onward) or Onward.CONTINUE,
        )


_ReadStep = Callable[[StepReader, Reader, str | None], Step]

_ACTIONS: Mapping[str, _ReadStep] = {
    "email": StepReader._email,
    "delay": StepReader._delay,
    "condition": StepReader._condition,
    "wait": StepReader._wait,
    "split": StepReader._split,
    "discount": StepReader._discount,
    "tag": StepReader._tag,
    "untag": StepReader._untag,
    "addToList": StepReader._add_to_list,
    "removeFromList": StepReader._remove_from_list,
    "setProperty": StepReader._set_property,
    "enroll": StepReader._enroll,
    "exit": StepReader._exit,
    "webhook": StepReader._webhook,
}


def _hint_at_action(node: Fields) -> str | None:
    """What was meant by a step without an action: one misspelt it, or gave the action as a key."""
    keys = [entry.key for entry in node.entries]
    if close := get_close_matches("action", keys, n=1):
        return f"Did you mean 'action' by {quote(close[0])}?"
    actions = [key for key in keys if key in _ACTIONS]
    return f"Write it as 'action: {actions[0]}'." if actions else None


def _read_blocks(reader: Reader) -> tuple[Mapping[str, Json], ...] | None:
    nodes = reader.items("blocks")
    if nodes is None:
        return None
    for index, node in enumerate(nodes):
        if not isinstance(node, Fields):
            reader.faults.wrong(node, f"{reader.place('blocks')}[{index}]", expected="a block (a mapping)")
    blocks = (plain(node) for node in nodes)
    return tuple(block for block in blocks if isinstance(block, Mapping))


def _property_name(reader: Reader) -> str:
    """The name of a property, which may be written as conditions write it."""
    text = reader.need_text("property")
    name = text.removeprefix(_PROPERTIES)
    if name == text and text.startswith(("contact.", "event.")):
        reader.wrong("property", f"{quote(text)} is no property of the contact.", expected=f"{_PROPERTIES}<name>")
    return name


def _property_value(reader: Reader) -> Json:
    value = reader.json("value")
    try:
        check_properties({"value": value}, "properties")
    except Invalid as error:
        reader.wrong("value", f"a contact cannot keep this: {error.problems[0].message}.")
    return value


def _check_content(reader: Reader) -> None:
    """An email has a template, or a subject and one body."""
    bodies = [key for key in _BODIES if reader.find(key) is not None]
    inline = [key for key in ("subject", *_BODIES, "text") if reader.find(key) is not None]
    if reader.find("template") is not None:
        inline += [key for key in ("previewText", "layout") if reader.find(key) is not None]
        for key in inline:
            reader.wrong(key, f"{quote(key)} comes from the template.", expected=f"either 'template' or {quote(key)}")
        return
    if not inline:
        reader.need("template", expected="the name of a template, or 'subject' with html, mjml, blocks or text")
        return
    reader.need("subject", expected="the subject of an email without a template")
    for key in bodies[1:]:
        reader.wrong(key, f"there is one body; {quote(bodies[0])} is given already.")
    if not bodies and reader.find("text") is None:
        reader.need("html", expected="html, mjml, blocks or text")
