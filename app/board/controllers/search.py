"""Searching titles and messages."""

from __future__ import annotations

from flask import Blueprint, request

from board.controllers.context import database, page_number, render
from board.forms import SearchForm
from board.models import threads

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def results() -> str | tuple[str, int]:
    form = SearchForm()
    asked = "q" in request.args
    with database().reading() as db:
        if not asked:
            return render(db, "search.html", form=form)
        if not form.validate():
            return render(db, "search.html", form=form), 422
        page = threads.search(db, form.q.data, page_number())
        return render(db, "search.html", form=form, page=page)
