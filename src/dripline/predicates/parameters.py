"""The values of a statement that is put together: they travel beside its text, never in it."""


class Parameters:
    """Collects values and gives their places, `$n`, after those that the statement has anyway."""

    def __init__(self, fixed: int = 2) -> None:
        self._fixed = fixed
        self._values: list[object] = []
        self._texts: dict[str, str] = {}

    @property
    def values(self) -> tuple[object, ...]:
        """What was added, in the order of the places: the arguments after the fixed ones."""
        return tuple(self._values)

    def add(self, value: object, type_: str) -> str:
        """The place of a value, with its PostgreSQL type: `$3::jsonb`."""
        self._values.append(value)
        return f"${self._fixed + len(self._values)}::{type_}"

    def text(self, value: str) -> str:
        """The place of a text; the same for the same text."""
        if value not in self._texts:
            self._texts[value] = self.add(value, "text")
        return self._texts[value]
