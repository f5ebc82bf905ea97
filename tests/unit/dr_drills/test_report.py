import json
from dataclasses import replace
from pathlib import Path

import pytest

from dr_drills.report import render_files, render_html, render_markdown
from dr_drills.words import LANGUAGES, STEPS, WORDS, Language
from groundwork.change.outcome import Failure
from groundwork.change.step import Json
from groundwork.errors import UsageError
from tests.builders.drill_record import record

EXPECTED = Path(__file__).parent / "expected"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_reads_as_an_auditor_expects(language: Language) -> None:
    assert render_markdown(record(), language) == (EXPECTED / f"report.{language}.md").read_text(encoding="utf-8")


def test_both_languages_have_the_same_words_and_steps() -> None:
    assert WORDS["zh-Hant"].keys() == WORDS["en"].keys()
    assert STEPS["zh-Hant"].keys() == STEPS["en"].keys()


def test_a_failure_and_a_leftover_are_findings_to_be_improved() -> None:
    failure = Failure(error="OutsideError", message="no | answer", hint="look", exit_code=5)
    text = render_markdown(record(leftovers=("machines drill-x",), failure=failure), "en")
    assert "| Result | **failed** |" in text
    assert "Left behind by the drill, or gone and perhaps removed by it: machines drill-x" in text
    assert "| alpha/site/alpha: no \\| answer | | | |" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "(not counted against the drill): machines new-01"),
        ("zh-Hant", "由他人變更，不計入演練結果者（gone 表示已不存在）：machines new-01"),
    ],
)
def test_what_others_changed_is_reported_and_is_no_finding(language: Language, said: str) -> None:
    passed = record()
    text = render_markdown(
        replace(passed, summary={**passed.summary, "changed_by_others": ["machines new-01"]}), language
    )
    assert said in text
    assert WORDS[language]["clean_ours"] in text
    assert WORDS[language]["clean_yes"] not in text
    assert text.count("machines new-01") == 1


def test_a_missed_objective_is_a_finding_that_tells_both_figures() -> None:
    passed = record()
    recovery: Json = {"service": "pass", "rto": None, "rto_objective": "PT1H", "rpo": "PT2H", "rpo_objective": "PT30M"}
    summary: dict[str, Json] = {**passed.summary, "result": "failed", "recoveries": [recovery], "only": ["pass"]}
    text = render_markdown(replace(passed, summary=summary), "en")
    assert "| pass: RTO measured not recovered > 1:00:00, RPO measured 2:00:00 > 0:30:00 | | | |" in text
    assert "| Scope | only these services and those they depend on; it does not count" in text


def test_a_loss_that_was_only_assumed_is_reported_as_that_whatever_the_recovered_estate_says() -> None:
    passed = record()
    kept = tuple(step for step in passed.stages[0].steps if step.kind not in {"drill.lose-site", "drill.heal-site"})
    text = render_markdown(replace(passed, stages=(replace(passed.stages[0], steps=kept),)), "en")
    assert "| Site lost | alpha |" in text
    assert "| How it was lost | assumed: the site went on working, and no system of it was used |" in text
    assert "assumed" not in render_markdown(passed, "en")


def test_a_record_without_its_proofs_claims_none() -> None:
    passed = record()
    bare = replace(passed.stages[0], steps=passed.stages[0].steps[:4])
    text = render_markdown(replace(passed, stages=(bare,), resumed=(passed.started,)), "en")
    assert "Isolation was not proven." in text
    assert "The clean-up was not compared with the before-image" in text
    assert "| Site lost | alpha |" in text
    assert "| Interrupted and resumed at | 2026-11-21 10:00:00 |" in text


def test_what_a_page_said_cannot_become_markup_of_the_report() -> None:
    html = render_html(render_markdown(record(), "en"), "en")
    assert "&lt;p&gt;record | 42&lt;/p&gt;" in html
    assert "<p>record" not in html


def test_the_files_are_two_languages_and_one_document_for_programs() -> None:
    files = dict(render_files(record()))
    assert list(files) == [
        "report.zh-Hant.md",
        "report.zh-Hant.html",
        "report.en.md",
        "report.en.html",
        "report.json",
    ]
    assert json.loads(files["report.json"])["outcome"]["result"] == "passed"


def test_a_run_that_is_no_drill_has_no_report() -> None:
    with pytest.raises(UsageError, match="is no finished drill"):
        render_markdown(replace(record(), operation="backup.run"), "en")
