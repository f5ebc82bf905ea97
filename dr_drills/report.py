"""A drill's report, rendered from its run's record alone: Markdown, HTML and JSON, in two languages."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from pydantic import TypeAdapter

from dr_drills.evidence import Image, IsolationSeen, PassedOver, ServiceSeen, Survey, WatchSeen
from dr_drills.pace import read_pace
from dr_drills.words import LANGUAGES, STEPS, WORDS, Language
from groundwork.change.step import Json
from groundwork.errors import UsageError
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from groundwork.model.restore_point import RestorePoint
from groundwork.run.record import RunRecord, StepRecord

_OUTCOME = TypeAdapter(DrillOutcome)
_SURVEY = TypeAdapter(Survey)
_SEEN = TypeAdapter(ServiceSeen)
_ISOLATION = TypeAdapter(IsolationSeen)
_WATCH = TypeAdapter(WatchSeen)
_PASSED_OVER = TypeAdapter(tuple[PassedOver, ...])
_TAIWAN = timezone(timedelta(hours=8))  # all year


def render_files(run: RunRecord) -> Iterator[tuple[str, str]]:
    """Every file of the report with its name: two languages as Markdown and HTML, and one JSON document."""
    for language in LANGUAGES:
        text = render_markdown(run, language)
        yield f"report.{language}.md", text
        yield f"report.{language}.html", render_html(text, language)
    yield "report.json", json.dumps(_document(run), ensure_ascii=False, indent=2) + "\n"


def render_markdown(run: RunRecord, language: Language) -> str:
    """The report as Markdown. Raises UsageError for a run that is no finished drill."""
    text = _environment().get_template("report.md.j2").render(**_context(run, language))
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def render_html(markdown: str, language: Language) -> str:
    """The Markdown report as one page that stands alone and prints well."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    title = markdown.split("\n", 1)[0].lstrip("# ")
    return _environment().get_template("report.html.j2").render(body=body, title=title, language=language)


def _context(run: RunRecord, language: Language) -> dict[str, Any]:
    outcome = _outcome(run)
    survey = _survey(run)
    chinese = language == "zh-Hant"
    services_seen = [_SEEN.validate_python(step.result) for step in run.results("drill.await-service")]
    return {
        "w": WORDS[language],
        "run": run,
        "outcome": outcome,
        "scenario_title": _title(survey.scenario, chinese=chinese) if survey else "",
        "lost_site": _site_of(run, "drill.record-loss"),
        "recovery_site": _steps(run)[0].site,
        "resumed": [datetime.fromisoformat(moment) for moment in run.resumed],
        "titles": {one.name: _title(one, chinese=chinese) for one in survey.services} if survey else {},
        "mtpd": {one.name: one.mtpd for one in survey.services} if survey else {},
        "before": [(sort, getattr(survey.before, sort)) for sort in Image.__slots__] if survey else [],
        "reached": any(ok for seen in services_seen for _, ok, _ in seen.results),
        "isolated": _moment_of(run, "drill.prove-isolation"),
        "isolation": _isolation(run),
        "watch": _watch(run),
        "compared": _moment_of(run, "drill.prove-clean"),
        "assumed": not any(step.kind == "drill.lose-site" for step in _steps(run)),  # the bundle's estate is older
        "healed": _moment_of(run, "drill.heal-site"),
        "points": _points_used(run, survey),
        "missing": survey.missing if survey else (),
        "passed_over": _passed_over(run, survey),
        "endpoints": survey.endpoints if survey else (),
        "estate_digest": survey.estate_digest if survey else "",
        "services_seen": services_seen,
        "pace": read_pace(survey, _steps(run)) if survey else None,
        "findings": _findings(run, outcome, WORDS[language]),
        "steps": [_timed(step, language) for step in _steps(run)],
    }


def _timed(step: StepRecord, language: Language) -> dict[str, Any]:
    """A line of the timeline."""
    return {
        "started": datetime.fromisoformat(step.started),
        "seconds": _seconds(step),
        "name": STEPS[language][step.kind],
        "target": step.target,
        "failure": step.failure.message if step.failure else "",
    }


def _document(run: RunRecord) -> dict[str, Any]:
    survey = _survey(run)
    return {
        "run": run.id,
        "city": run.city,
        "reason": run.reason,
        "started_by": run.started_by,
        "started": run.started,
        "ended": run.ended,
        "resumed": list(run.resumed),
        "outcome": _OUTCOME.dump_python(_outcome(run), mode="json"),
        "survey": _SURVEY.dump_python(survey, mode="json") if survey else None,
        "isolation": [step.result for step in run.results("drill.prove-isolation")],
        "watch": [step.result for step in run.results("drill.end-watch")],
        "services_seen": [step.result for step in run.results("drill.await-service")],
        "pace": _pace(run, survey),
        "steps": [
            {
                "kind": step.kind,
                "target": step.target,
                "started": step.started,
                "ended": step.ended,
                "failure": step.failure.message if step.failure else None,
            }
            for step in _steps(run)
        ],
    }


def _pace(run: RunRecord, survey: Survey | None) -> dict[str, float | None] | None:
    pace = read_pace(survey, _steps(run)) if survey else None
    if pace is None:
        return None
    wall, critical = pace.wall.total_seconds(), pace.critical.total_seconds()
    return {"wall_seconds": wall, "critical_path_seconds": critical, "ratio": pace.ratio}


def _findings(run: RunRecord, outcome: DrillOutcome, words: dict[str, str]) -> list[str]:
    missed = [f"{one.service}: {', '.join(_missed(one, words))}" for one in outcome.recoveries if not one.met]
    failed = [f"{step.target}: {step.failure.message}" for step in _steps(run) if step.failure]
    not_probed = [f"{service}: {reason}" for service, reason in outcome.not_probed]
    healed = [cast("dict[str, str]", step.result) for step in run.results("drill.heal-site")]
    found_healed = [healed[-1]["seen"]] if healed and not outcome.stayed_lost and "seen" in healed[-1] else []
    return [*missed, *not_probed, *failed, *found_healed, *outcome.leftovers]


def _points_used(run: RunRecord, survey: Survey | None) -> list[RestorePoint]:
    """The points that machines were restored from, in the order of their restoring."""
    known = {point.key: point for point in survey.points} if survey else {}
    used = [str(cast("dict[str, Json]", step.result)["point"]) for step in run.results("drill.restore-machine")]
    return [known[key] for key in used if key in known]


def _passed_over(run: RunRecord, survey: Survey | None) -> list[PassedOver]:
    """The points that were not chosen, and those that were chosen first and could not be restored."""
    results = [cast("dict[str, Json]", step.result) for step in run.results("drill.restore-machine")]
    tried = [one for result in results for one in _PASSED_OVER.validate_python(result.get("passed_over", []))]
    return [*(survey.passed_over if survey else ()), *tried]


def _missed(one: ServiceRecovery, words: dict[str, str]) -> Iterator[str]:
    if one.rto is None or one.rto > one.rto_objective:
        yield f"{words['rto']} {_span(one.rto, words['never'])} > {_span(one.rto_objective)}"
    if one.rpo is None or one.rpo > one.rpo_objective:
        yield f"{words['rpo']} {_span(one.rpo, words['unknown'])} > {_span(one.rpo_objective)}"


def _moment_of(run: RunRecord, kind: str) -> datetime | None:
    """When the last successful step of the kind ended."""
    found = run.results(kind)
    return datetime.fromisoformat(found[-1].ended) if found else None


def _outcome(run: RunRecord) -> DrillOutcome:
    if run.operation != "drill.run" or not run.summary or "scenario" not in run.summary:
        raise UsageError(f"run {run.id} is no finished drill", hint="`inv runs.list` shows what each run was")
    return _OUTCOME.validate_python(run.summary)


def _isolation(run: RunRecord) -> IsolationSeen | None:
    """What was shown; None for a drill of before there was a watch, whose endpoints were tried instead."""
    found = [one.result for one in run.results("drill.prove-isolation")]
    known = [one for one in found if isinstance(one, dict) and "controls" in one]
    return _ISOLATION.validate_python(known[-1]) if known else None


def _watch(run: RunRecord) -> WatchSeen | None:
    found = run.results("drill.end-watch")
    return _WATCH.validate_python(found[-1].result) if found else None


def _survey(run: RunRecord) -> Survey | None:
    found = run.results("drill.survey")
    return _SURVEY.validate_python(found[-1].result) if found else None


def _steps(run: RunRecord) -> list[StepRecord]:
    return [step for stage in run.stages for step in stage.steps]


def _site_of(run: RunRecord, kind: str) -> str:
    """The site that the first step of the kind acted on; empty where none was begun."""
    return next((step.target.partition("/")[0] for step in _steps(run) if step.kind == kind), "")


def _seconds(step: StepRecord) -> float:
    return (datetime.fromisoformat(step.ended) - datetime.fromisoformat(step.started)).total_seconds()


def _title(titled: Any, *, chinese: bool) -> str:  # noqa: ANN401 - anything of the estate that has titles
    return str(titled.title_zh if chinese else titled.title_en)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dr_drills"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown; the HTML is made by markdown-it, which lets no HTML through
        keep_trailing_newline=False,
    )
    environment.filters["moment"] = lambda moment: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    environment.filters["both"] = _in_both_zones
    environment.filters["span"] = _span
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return environment


def _in_both_zones(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC = {moment.astimezone(_TAIWAN):%Y-%m-%d %H:%M:%S} UTC+8"


def _span(length: timedelta | None, absent: str = "") -> str:
    if length is None:
        return absent
    seconds = round(length.total_seconds())
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
