"""Listing, reading, writing and searching threads."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from board.models.paging import Page, load_page, page_of
from board.models.tables import Post, Thread, User
from board.models.text import fold

THREADS_PER_PAGE = 20
POSTS_PER_PAGE = 50
RESULTS_PER_PAGE = 20


def list_threads(session: Session, page: int) -> Page[Thread]:
    query = (
        select(Thread).options(joinedload(Thread.author)).order_by(Thread.active_at.desc(), Thread.id.desc())
    )
    return load_page(session, query, page, THREADS_PER_PAGE)


def find_thread(session: Session, thread_id: int) -> Thread | None:
    return session.get(Thread, thread_id, options=[joinedload(Thread.author)])


def list_posts(session: Session, thread: Thread, page: int) -> Page[Post]:
    query = (
        select(Post).options(joinedload(Post.author)).where(Post.thread_id == thread.id).order_by(Post.number)
    )
    return load_page(session, query, page, POSTS_PER_PAGE)


def start_thread(session: Session, author: User, title: str, body: str) -> Thread:
    now = datetime.now(UTC)
    thread = Thread(title=title, author_id=author.id, created_at=now, active_at=now)
    session.add(thread)
    session.flush()  # gives the thread its id
    session.add(_post(thread, 1, author, body, now, searched=f"{title}\n{body}"))
    return thread


def reply(session: Session, thread_id: int, author: User, body: str) -> Post | None:
    # The lock makes the numbers of a thread consecutive. On SQLite the whole database is locked
    # already and SQLAlchemy leaves FOR UPDATE out.
    thread = session.get(Thread, thread_id, with_for_update=True)
    if thread is None:
        return None
    thread.active_at = datetime.now(UTC)
    thread.reply_count += 1
    post = _post(thread, thread.reply_count + 1, author, body, thread.active_at, searched=body)
    session.add(post)
    return post


def last_page(thread: Thread) -> int:
    return page_with(thread.reply_count + 1)


def page_with(post_number: int) -> int:
    return page_of(post_number, POSTS_PER_PAGE)


def search(session: Session, words: str, page: int) -> Page[Post]:
    """Posts that contain every word, newest first."""
    query = (
        select(Post)
        .options(joinedload(Post.author), joinedload(Post.thread))
        .where(*(Post.folded_text.contains(word, autoescape=True) for word in fold(words).split()))
        .order_by(Post.created_at.desc(), Post.id.desc())
    )
    return load_page(session, query, page, RESULTS_PER_PAGE)


def _post(thread: Thread, number: int, author: User, body: str, now: datetime, searched: str) -> Post:
    return Post(
        thread_id=thread.id,
        number=number,
        author_id=author.id,
        body=body,
        folded_text=fold(searched),
        created_at=now,
    )
