"""What a person reads when a value does not fit its field: our words for pydantic's findings."""

import re
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from groundwork.estate.fields import IN_WORDS, OUR_ERROR, TEXT_PATTERN, unfit_text
from groundwork.estate.shown import shown
from groundwork.files.nearest import nearest_of
from groundwork.files.unseen import find_not_in_text

Wording = Callable[[object, Mapping[str, object]], tuple[str, str]]

_DIGITS = re.compile(r"-?[0-9]+")
_AS_A_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]+)?")
_LONGEST_NUMBER = 18  # digits


def _not_a_number(value: object, kind: str, example: str) -> tuple[str, str]:
    if isinstance(value, str) and _AS_A_NUMBER.fullmatch(value):
        return f"is {shown(value)} in quotes, which is text", "write it without quotes"
    if isinstance(value, str) and _DIGITS.fullmatch(value) and len(value) > _LONGEST_NUMBER:
        return f"is {shown(value)}, which is too large", "write its true size"
    spelling = " in plain decimal digits" if isinstance(value, str) else ""
    return f"is {shown(value)}, not {kind}{spelling}", f"write one like {example}"


def _not_whole(value: object, _about: Mapping[str, object]) -> tuple[str, str]:
    return _not_a_number(value, "a whole number", "4")


def _not_decimal(value: object, _about: Mapping[str, object]) -> tuple[str, str]:
    return _not_a_number(value, "a number", "24.16")


def _neither_true_nor_false(value: object, _about: Mapping[str, object]) -> tuple[str, str]:
    return f"is {shown(value)}", "write true or false, in lower case and without quotes"


_WORDINGS: dict[str, Wording] = {
    "missing": lambda _value, _about: ("is missing", "add it"),
    "string_type": lambda value, _about: (f"is {shown(value)}, which is not text", "write text, in quotes"),
    "string_too_short": lambda _value, _about: ("is empty", "write something"),
    "string_too_long": lambda _value, about: (f"is longer than {about['max_length']} characters", "shorten it"),
    "string_pattern_mismatch": lambda value, about: _unfit(str(value), str(about["pattern"])),
    "literal_error": lambda value, about: (f"is {shown(value)}", f"write one of {_bare(about['expected'])}"),
    "int_type": _not_whole,
    "float_type": _not_decimal,
    "finite_number": _not_decimal,
    "bool_type": _neither_true_nor_false,
    "greater_than_equal": lambda value, about: (f"is {shown(value)}", f"write {about['ge']:g} or more"),
    "less_than_equal": lambda value, about: (f"is {shown(value)}", f"write {_limit(about['le'])} or less"),
    "too_short": lambda _value, about: ("has too few items", f"write {about['min_length']} or more"),
    "too_long": lambda _value, about: ("has too many items", f"write {about['max_length']} or fewer"),
    "tuple_type": lambda value, _about: (f"is {shown(value)}, not a list", "write it as [one, two]"),
    "model_type": lambda value, _about: (f"is {shown(value)}", "write keys and values below it"),
    OUR_ERROR: lambda _value, about: (str(about["what"]), str(about["what_to_do"])),
}


def findings(error: ValidationError) -> list[ErrorDetails]:
    """What pydantic found, without what it only says because of another finding (a list short of its faulty items)."""
    found = error.errors(include_url=False)
    places = {one["loc"][:-1] for one in found}
    return [one for one in found if one["type"] != "too_short" or one["loc"] not in places]


def put_in_words(error: ErrorDetails, form: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and what to do."""
    field, value, about = _field(error["loc"]), error["input"], error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return _unknown_key(error, form)
    wording = _WORDINGS.get(error["type"])
    if wording is None:
        what, what_to_do = f"is {shown(value)}", error["msg"][:1].lower() + error["msg"][1:]
    else:
        what, what_to_do = wording(value, about)
    if value is None and what.startswith("is "):
        what = "is empty"
    return (f'"{field}" {what}', what_to_do) if field else (what, what_to_do)


def _unfit(value: str, pattern: str) -> tuple[str, str]:
    if pattern == TEXT_PATTERN or find_not_in_text(value):
        return unfit_text(value)
    return f"is {shown(value)}, which does not fit", f"write {IN_WORDS[pattern]}"


def _unknown_key(error: ErrorDetails, form: type[BaseModel]) -> tuple[str, str]:
    *around, key = error["loc"]
    known = tuple(_form_at(form, around).model_fields)
    place = f' in "{_field(tuple(around))}"' if around else ""
    return f'unknown key "{key}"{place}; {nearest_of(known)(str(key))}', "correct or remove it"


def _form_at(form: type[BaseModel], place: list[int | str]) -> type[BaseModel]:
    for key in place:
        if isinstance(key, str):
            form = next(iter(forms_in(form.model_fields[key].annotation)))
    return form


def forms_in(annotation: object) -> list[type[BaseModel]]:
    """The forms that a field's type holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [form for argument in getattr(annotation, "__args__", ()) for form in forms_in(argument)]


def _field(place: tuple[int | str, ...]) -> str:
    text = ""
    for key in place:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _limit(limit: object) -> str:
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"


def _bare(expected: object) -> str:
    return str(expected).replace("'", "")
