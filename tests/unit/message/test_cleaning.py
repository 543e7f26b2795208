import pytest

from dripline.delivery.message.cleaning import clean_name, clean_text

LINE_BREAKS = ["\r", "\n", "\r\n", "\0", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\t"]


@pytest.mark.parametrize("mark", LINE_BREAKS)
def test_a_character_that_could_end_a_line_becomes_a_space(mark: str) -> None:
    assert clean_text(f"a{mark}Bcc: b@c.example") == "a Bcc: b@c.example"


def test_a_value_is_trimmed_and_its_runs_of_spaces_shrink_to_one() -> None:
    assert clean_text("  Hello \r\n  Ann ") == "Hello Ann"


def test_spaces_that_belong_to_a_language_stay() -> None:
    assert clean_text("Prêt\u00a0? こんにちは\u3000世界") == "Prêt\u00a0? こんにちは\u3000世界"


def test_half_of_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert clean_text("a\ud83d") == "a\ufffd"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\U000e0041"])
def test_a_name_loses_what_hides_and_what_turns_direction(mark: str) -> None:
    assert clean_name(f"An{mark}n") == "Ann"


def test_a_subject_keeps_the_joiners_of_an_emoji() -> None:
    assert clean_text("👩\u200d💻 ships") == "👩\u200d💻 ships"
