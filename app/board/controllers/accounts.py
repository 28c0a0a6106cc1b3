"""Signing up, logging in and out."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from board.controllers.context import database, forget_user, remember_user, render
from board.forms import LoginForm, SignupForm
from board.models import accounts
from board.models.tables import User

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/signup")
def signup() -> str:
    return _render_form("signup.html", SignupForm(request.args))


@blueprint.post("/signup")
def create() -> Response | tuple[str, int]:
    form = SignupForm()
    if form.validate():
        user = _create_user(form.name.data, form.password.data)
        if user:
            return _welcome(user, form.next.data)
        form.name.errors.append("This name is taken. Please choose another one.")
    return _render_form("signup.html", form), 422


@blueprint.get("/login")
def login() -> str:
    return _render_form("login.html", LoginForm(request.args))


@blueprint.post("/login")
def authenticate() -> Response | tuple[str, int]:
    form = LoginForm()
    if form.validate():
        with database().reading() as db:
            user = accounts.find_by_name(db, form.name.data)
        if accounts.password_matches(user, form.password.data) and user:
            return _welcome(user, form.next.data)
        form.password.errors.append("This name and password do not belong together.")
    return _render_form("login.html", form), 422


@blueprint.post("/logout")
def logout() -> Response:
    forget_user()
    return redirect(url_for("threads.index"), 303)


def _render_form(template: str, form: LoginForm | SignupForm) -> str:
    with database().reading() as db:
        return render(db, template, form=form)


def _create_user(name: str, password: str) -> User | None:
    password_hash = accounts.hash_password(password)  # before the write lock: it takes its time
    try:
        with database().writing() as db:
            user = accounts.new_user(name, password_hash)
            db.add(user)
    except IntegrityError:  # asking first would leave a moment for somebody else
        return None
    return user


def _welcome(user: User, next_path: str) -> Response:
    remember_user(user)
    return redirect(own_address(next_path), 303)


def own_address(path: str | None) -> str:
    """The page to go on with, which must be one of ours: the form's field comes from anywhere.

    Browsers take "//host" and "/\\host" for another site, and skip tabs and line breaks.
    """
    ours = path and path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return f"{request.script_root}{path}" if ours else url_for("threads.index")
