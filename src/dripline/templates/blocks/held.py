"""What an author wrote, held back from the compiler: it sees words of letters and digits, and nothing else."""

import re

_WORD = re.compile(r"<!--dlheld(\d+)z-->|dlheld(\d+)z")


class Held:
    """Texts by number, and names of variables that nothing else has."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._names = 0

    def put(self, text: str) -> str:
        """A word that stands for a text."""
        self._texts.append(text)
        return f"dlheld{len(self._texts) - 1}z"

    def tag(self, liquid: str) -> str:
        """A comment that stands for Liquid tags: it may stand between any two elements."""
        return f"<!--{self.put(liquid)}-->"

    def fresh(self) -> str:
        """A name for a variable of Liquid."""
        self._names += 1
        return f"block_test_{self._names}"

    def put_back(self, html: str) -> str:
        """The compiled HTML with all texts in their places."""
        return _WORD.sub(lambda match: self._texts[int(match[1] or match[2])], html)
