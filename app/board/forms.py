"""What users may send. A refused form comes back with their text in it and the reason beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm  # type: ignore[import-untyped]
from wtforms import (  # type: ignore[import-untyped]
    Field,
    HiddenField,
    PasswordField,
    SearchField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation  # type: ignore[import-untyped]

from board.models.text import (
    is_visible,
    on_one_line,
    with_unix_newlines,
    without_control_characters,
)

NAME_LENGTH = 40
TITLE_LENGTH = 120
BODY_LENGTH = 20_000
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128  # hashing takes longer with the length
QUERY_LENGTH = 100

# Letters and digits of any script; no spaces, so that no name looks like two words of the page.
NAME = re.compile(r"\w[\w.-]{1,39}")

Check = Callable[[FlaskForm, Field], None]


def filled(sentence: str) -> Check:
    def check(_form: FlaskForm, field: Field) -> None:
        if not is_visible(field.data or ""):
            raise StopValidation(sentence)

    return check


def printable(_form: FlaskForm, field: Field) -> None:
    """The text comes back cleaned, so that sending it again is all there is to do."""
    clean = without_control_characters(field.data or "")
    if clean != (field.data or ""):
        field.data = clean
        raise StopValidation(
            "There were control characters in it, which cannot be shown. They have been removed: "
            "please look at the text and send it again."
        )


def at_most(limit: int) -> Check:
    def check(_form: FlaskForm, field: Field) -> None:
        length = len(field.data or "")
        if length > limit:
            raise StopValidation(f"At most {limit:,} characters, please: these are {length:,}.")

    return check


def well_formed_name(_form: FlaskForm, field: Field) -> None:
    if not NAME.fullmatch(field.data or ""):
        raise StopValidation(
            f"2 to {NAME_LENGTH} letters, digits, dots, hyphens or underscores, please; "
            "the first one a letter, a digit or an underscore."
        )


def long_enough_password(_form: FlaskForm, field: Field) -> None:
    if len(field.data or "") < SHORTEST_PASSWORD:
        raise StopValidation(f"At least {SHORTEST_PASSWORD} characters, please.")


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _single_line(text: str | None) -> str:
    return on_one_line(text or "")


def _message(text: str | None) -> str:
    # Leading blanks may be meant: the first line of a program, indented.
    return with_unix_newlines(text or "").strip("\n").rstrip()


def _body_field(label: str) -> Field:
    return TextAreaField(
        label,
        filters=[_message],
        validators=[filled("Please write something."), printable, at_most(BODY_LENGTH)],
        render_kw={"maxlength": BODY_LENGTH, "rows": 8, "required": True},
    )


def _name_field() -> Field:
    return StringField(
        "Name",
        filters=[_stripped],
        validators=[filled("Please enter a name."), printable, well_formed_name],
        render_kw={
            "maxlength": NAME_LENGTH,
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "required": True,
        },
    )


def _password_field(autocomplete: str, *checks: Check) -> Field:
    return PasswordField(
        "Password",
        validators=[filled("Please enter a password."), *checks, at_most(LONGEST_PASSWORD)],
        render_kw={
            "maxlength": LONGEST_PASSWORD,
            "autocomplete": autocomplete,
            "required": True,
        },
    )


class ThreadForm(FlaskForm):  # type: ignore[misc]
    title = StringField(
        "Title",
        filters=[_single_line],
        validators=[filled("Please give it a title."), printable, at_most(TITLE_LENGTH)],
        render_kw={"maxlength": TITLE_LENGTH, "required": True},
    )
    body = _body_field("Message")


class ReplyForm(FlaskForm):  # type: ignore[misc]
    body = _body_field("Your reply")


class SignupForm(FlaskForm):  # type: ignore[misc]
    name = _name_field()
    password = _password_field("new-password", long_enough_password)
    next = HiddenField()


class LoginForm(FlaskForm):  # type: ignore[misc]
    name = _name_field()
    password = _password_field("current-password")
    next = HiddenField()


class SearchForm(FlaskForm):  # type: ignore[misc]
    """Sent with GET: it changes nothing and its address can be passed on."""

    class Meta:
        csrf = False

    q = SearchField(
        "Search",
        filters=[_single_line],
        validators=[filled("Which words?"), printable, at_most(QUERY_LENGTH)],
        render_kw={"maxlength": QUERY_LENGTH},
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formdata=request.args, **kwargs)
