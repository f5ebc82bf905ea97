import pickle

from groundwork.change.step import Json
from groundwork.errors import VerificationError
from groundwork.run.failures import failure_of
from groundwork.run.redaction import Redactor
from groundwork.run.saved import read_failure, save_failure

REFUSED = VerificationError("3 of 40 refused: hunter22", hint="ask hunter22", figures={"refused_files": 3})


def test_an_expected_error_is_kept_with_its_words_and_figures_and_without_secrets() -> None:
    kept = read_failure(save_failure(failure_of(REFUSED, Redactor(lambda: ("hunter22",)))))

    assert (kept.error, kept.message, kept.hint) == (
        "VerificationError",
        "3 of 40 refused: [redacted]",
        "ask [redacted]",
    )
    assert (kept.exit_code, kept.figures) == (6, {"refused_files": 3})


def test_an_unexpected_error_is_kept_without_its_words() -> None:
    try:
        save_failure(object())  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - whichever it is
        kept = failure_of(error, Redactor(lambda: ()))

    assert kept.message.startswith(f"a defect of cityops itself: {kept.error} at groundwork/run/saved.py:")
    assert (kept.exit_code, kept.figures) == (1, {})


def test_a_failure_that_was_kept_before_there_were_figures_is_read() -> None:
    old: Json = {"error": "OutsideError", "message": "no", "hint": "look", "exit_code": 5}

    assert read_failure(old).figures == {}


def test_figures_survive_a_journey_between_processes() -> None:
    again = pickle.loads(pickle.dumps(REFUSED))  # noqa: S301 - our own bytes

    assert (again.message, again.hint, again.figures) == (REFUSED.message, REFUSED.hint, REFUSED.figures)
