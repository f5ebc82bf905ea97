from groundwork.change.outcome import Failure
from groundwork.run.failures import brief, list_causes
from groundwork.run.record import StepRecord

PARAGRAPH = "Fatal: unable to open repository at rest:https://10.10.0.20:8000/: Get: dial tcp 10.10.0.20:8000: connect"


def failed(target: str, message: str, *, error: str = "UnreachableError") -> StepRecord:
    failure = Failure(error=error, message=message, hint="look at the road", exit_code=5)
    return StepRecord(
        site="central", kind="x", target=target, description="store", started="", ended="", failure=failure
    )


def dead(machine: str) -> StepRecord:
    reported = f"central's repository: storing {machine}/disk-0.vmdk: it does not answer ({PARAGRAPH}: {machine})"
    return failed(f"central/point/{machine}", reported)


def test_a_dead_repository_is_one_cause_of_many_machines_without_the_programs_paragraph() -> None:
    (cause,) = list_causes([dead("web-01"), dead("web-02"), dead("web-011")])
    assert cause.message == "central's repository: storing …/disk-0.vmdk: it does not answer"
    assert [step.target for step in cause.steps] == [
        "central/point/web-01",
        "central/point/web-02",
        "central/point/web-011",
    ]


def test_a_cause_of_one_target_names_it() -> None:
    (cause,) = list_causes([dead("web-01")])
    assert cause.message == "central's repository: storing web-01/disk-0.vmdk: it does not answer"


def test_other_words_and_other_errors_are_other_causes_in_order_of_appearance() -> None:
    steps = [
        failed("central/machine/web-01", "web-01 is not what it should be", error="VerificationError"),
        dead("web-01"),
        failed("central/machine/web-02", "web-02 is not what it should be", error="VerificationError"),
        failed("nchc/repository", "nchc's repository: it is full"),
    ]
    assert [(cause.message, len(cause.steps)) for cause in list_causes(steps)] == [
        ("… is not what it should be", 2),
        ("central's repository: storing web-01/disk-0.vmdk: it does not answer", 1),
        ("nchc's repository: it is full", 1),
    ]


def test_a_short_remark_in_brackets_is_kept() -> None:
    assert brief("it is held by run a (reason: nightly)") == "it is held by run a (reason: nightly)"
