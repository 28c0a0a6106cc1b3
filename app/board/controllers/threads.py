"""Reading and writing threads."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from board.controllers.context import current_user, database, page_number, render, require_user
from board.forms import ReplyForm, ThreadForm
from board.models import threads
from board.models.tables import Thread

blueprint = Blueprint("threads", __name__)

# A larger number fits no integer column, and asking the database for it would be an error.
THREAD = "/threads/<int(max=2147483647):thread_id>"


@blueprint.get("/")
def index() -> str:
    with database().reading() as db:
        return render(db, "threads.html", page=threads.list_threads(db, page_number()))


@blueprint.get("/threads/new")
def new() -> str | Response:
    with database().reading() as db:
        if current_user(db) is None:
            return redirect(url_for("accounts.login", next=request.path))
        return render(db, "new_thread.html", form=ThreadForm())


@blueprint.post("/threads")
def create() -> Response | tuple[str, int]:
    form = ThreadForm()
    if not form.validate():
        with database().reading() as db:
            require_user(db)
            return render(db, "new_thread.html", form=form), 422
    with database().writing() as db:
        thread = threads.start_thread(db, require_user(db), form.title.data, form.body.data)
    return redirect(url_for(".show", thread_id=thread.id), 303)


@blueprint.get(THREAD)
def show(thread_id: int) -> str:
    with database().reading() as db:
        return _render_thread(db, _thread_or_404(db, thread_id), page_number(), ReplyForm())


@blueprint.post(f"{THREAD}/replies")
def reply(thread_id: int) -> Response | tuple[str, int]:
    form = ReplyForm()
    if not form.validate():
        with database().reading() as db:
            require_user(db)
            thread = _thread_or_404(db, thread_id)
            return _render_thread(db, thread, threads.last_page(thread), form), 422
    with database().writing() as db:
        post = threads.reply(db, thread_id, require_user(db), form.body.data)
        if post is None:
            abort(404)
    return redirect(post_url(thread_id, post.number), 303)


@blueprint.app_template_global()
def post_url(thread_id: int, number: int) -> str:
    page = threads.page_with(number)
    return url_for(
        "threads.show",
        thread_id=thread_id,
        page=page if page > 1 else None,
        _anchor=f"post-{number}",
    )


def _thread_or_404(db: Session, thread_id: int) -> Thread:
    return threads.find_thread(db, thread_id) or abort(404)


def _render_thread(db: Session, thread: Thread, page: int, form: ReplyForm) -> str:
    return render(db, "thread.html", thread=thread, page=threads.list_posts(db, thread, page), form=form)
