"""What a person is told when a value does not fit its field: our words for pydantic's findings."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from groundwork.estate.fields import IN_WORDS, OUR_ERROR

_SHOWN = 60

_MOST_COMPARED = 1000  # names; beyond that a search for the nearest would take longer than all the rest

Wording = Callable[[str, str, Mapping[str, object]], tuple[str, str]]

_WORDINGS: dict[str, Wording] = {
    "missing": lambda field, _value, _about: (f'"{field}" is missing', "add it"),
    "string_type": lambda field, value, _about: (f'"{field}" is {value}, which is not text', "write text, in quotes"),
    "string_too_short": lambda field, _value, _about: (f'"{field}" is empty', "write something"),
    "string_too_long": lambda field, _value, about: (
        f'"{field}" is longer than {about["max_length"]} characters',
        "shorten it",
    ),
    "literal_error": lambda field, value, about: (f'"{field}" is {value}', f"write one of {_bare(about['expected'])}"),
    "int_parsing": lambda field, value, _about: (f'"{field}" is {value}, not a whole number', "write a number"),
    "int_type": lambda field, value, _about: (f'"{field}" is {value}, not a whole number', "write a number"),
    "int_from_float": lambda field, value, _about: (f'"{field}" is {value}, not a whole number', "write a number"),
    "int_parsing_size": lambda field, value, _about: (f'"{field}" is {value}, which is absurd', "write its true size"),
    "float_parsing": lambda field, value, _about: (f'"{field}" is {value}, not a number', "write one like 24.16"),
    "float_type": lambda field, value, _about: (f'"{field}" is {value}, not a number', "write one like 24.16"),
    "finite_number": lambda field, value, _about: (f'"{field}" is {value}, not a number', "write one like 24.16"),
    "bool_parsing": lambda field, value, _about: (f'"{field}" is {value}', "write true or false"),
    "bool_type": lambda field, value, _about: (f'"{field}" is {value}', "write true or false"),
    "greater_than_equal": lambda field, value, about: (f'"{field}" is {value}', f"write {about['ge']} or more"),
    "less_than_equal": lambda field, value, about: (f'"{field}" is {value}', f"write {about['le']} or less"),
    "too_short": lambda field, _value, about: (f'"{field}" has too few items', f"write {about['min_length']} or more"),
    "too_long": lambda field, _value, about: (f'"{field}" has too many items', f"write {about['max_length']} or fewer"),
    "tuple_type": lambda field, value, _about: (f'"{field}" is {value}, not a list', "write it as [one, two]"),
    "model_type": lambda field, value, _about: (f'"{field}" is {value}', "write keys and values below it"),
}


def findings(error: ValidationError) -> list[ErrorDetails]:
    """What pydantic found, without what it only says because of another finding (a list short of its faulty items)."""
    found = error.errors(include_url=False)
    places = {one["loc"][:-1] for one in found}
    return [one for one in found if one["type"] != "too_short" or one["loc"] not in places]


def put_in_words(error: ErrorDetails, form: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and what to do."""
    field, value, about = _field(error["loc"]), _shown(error["input"]), error.get("ctx", {})
    if error["type"] == OUR_ERROR:
        return f'"{field}": {about["what"]}', str(about["what_to_do"])
    if error["type"] == "extra_forbidden":
        return _unknown_key(error, form)
    if error["type"] == "string_pattern_mismatch":
        return f'"{field}" is {value}, which does not fit', f"write {IN_WORDS[str(about['pattern'])]}"
    if not field:
        return f"is {value}", "write keys and values below it"
    wording = _WORDINGS.get(error["type"])
    if wording is None:
        return f'"{field}" is {value}', error["msg"][:1].lower() + error["msg"][1:]
    return wording(field, value, about)


def closest(name: str, known: list[str]) -> str:
    """Which of the known names was meant, or which there are, as the beginning of a clause."""
    near = get_close_matches(name, known, n=1, cutoff=0.75) if len(known) <= _MOST_COMPARED else []
    if near:
        return f'did you mean "{near[0]}"?'
    shown = ", ".join(known[:8])
    return f"known are {shown}{' …' if len(known) > 8 else ''}" if known else "there is none yet"  # noqa: PLR2004 - eight fit a line


def _unknown_key(error: ErrorDetails, form: type[BaseModel]) -> tuple[str, str]:
    *around, key = error["loc"]
    known = list(_form_at(form, around).model_fields)
    place = f' in "{_field(tuple(around))}"' if around else ""
    return f'unknown key "{key}"{place}; {closest(str(key), known)}', "correct or remove it"


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


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:_SHOWN]}{"…" if len(value) > _SHOWN else ""}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "empty"}[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value)


def _bare(expected: object) -> str:
    return str(expected).replace("'", "")
