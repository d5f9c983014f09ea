"""What people hear follows what staff publish and withdraw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import delete, update

from bot.services import Services
from handlers.consult import vectors
from handlers.consult.answering import answering
from handlers.consult.asked import why
from handlers.consult.publishing import editing, live, placing, store, withdrawing
from handlers.consult.publishing.editing import Conflict, Written
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.records import (
    DRAFT,
    HIDE,
    PUBLISHED,
    REPLACED,
    ROLLED_BACK,
    EntryVersion,
    Revision,
    ServedAnswer,
)
from handlers.consult.records import ANSWERED, DECLINED, WAITING, ConsultQuestion
from knowledge.embedding import SIZE, Vector
from tests.bot.front import ON_SQLITE, Front
from tests.handlers.consult.publishing.shelf import ASKED, BELT, NEW_WORDS, Shelf, changed, new_entry

CHECKED = "正在重新核对"


@ON_SQLITE
def test_a_published_version_is_what_people_hear(front: Front, shelf: Shelf) -> None:
    before = front.say(ASKED)
    assert "依据：" in before and NEW_WORDS not in before
    shelf.publish(changed(answer=NEW_WORDS))
    assert front.say(ASKED).startswith(NEW_WORDS)


@ON_SQLITE
def test_a_draft_or_a_proposal_is_heard_by_nobody(front: Front, shelf: Shelf) -> None:
    version = shelf.draft(changed(answer=NEW_WORDS))
    assert NEW_WORDS not in front.say(ASKED)
    with front.services.database.begin() as session:
        editing.propose(session, front.services, version.id, version.edit, "writer")
    assert NEW_WORDS not in front.say(ASKED)


@ON_SQLITE
def test_a_new_entry_is_found_and_a_hidden_one_is_not(front: Front, shelf: Shelf) -> None:
    shelf.publish(new_entry("height.drone"), "height.drone")
    assert "实名登记" in front.say("无人机在工地上空飞要报备吗")
    shelf.publish("", BELT, kind=HIDE)
    assert shelf.served() is None
    assert answering().known(BELT) is None


@ON_SQLITE
def test_a_version_waits_for_its_first_day(front: Front, shelf: Shelf) -> None:
    today = front.services.clock.today()
    shelf.publish(changed(answer=NEW_WORDS), first=today + timedelta(days=3))
    assert NEW_WORDS not in front.say(ASKED)
    move(front.services, timedelta(days=3))
    assert front.say(ASKED).startswith(NEW_WORDS)


@ON_SQLITE
def test_a_version_ends_with_its_last_day(front: Front, shelf: Shelf) -> None:
    today = front.services.clock.today()
    shelf.publish(changed(answer=NEW_WORDS), last=today)
    assert front.say(ASKED).startswith(NEW_WORDS)
    move(front.services, timedelta(days=1))
    assert NEW_WORDS not in front.say(ASKED)


def move(services: Services, by: timedelta) -> None:
    services.clock._read = lambda: by
    services.clock.refresh()


def test_what_replaces_and_what_rolls_back(shelf: Shelf) -> None:
    first = shelf.publish(changed(answer=NEW_WORDS))
    shelf.publish(changed(answer=NEW_WORDS + "第二版。"))
    assert states(shelf) == {1: REPLACED, 2: PUBLISHED}
    shelf.roll_back(first.number)
    assert states(shelf) == {1: REPLACED, 2: ROLLED_BACK, 3: PUBLISHED}
    served = shelf.served()
    assert served is not None and served.answer == NEW_WORDS
    shelf.roll_back(0)
    served = shelf.served()
    assert served is not None and served == live.tree_entries()[BELT]
    with pytest.raises(Refused):
        shelf.roll_back(0)


def states(shelf: Shelf) -> dict[int, str]:
    with shelf.services.database.reading() as session:
        return {row.number: row.state for row in session.query(EntryVersion).order_by(EntryVersion.number)}


@ON_SQLITE
def test_nobody_publishes_their_own_words(shelf: Shelf) -> None:
    version = shelf.draft(changed(answer=NEW_WORDS), by="wang")
    services = shelf.services
    with services.database.begin() as session:
        version = editing.save(session, services, version.id, version.edit, "li", Written(changed(answer=NEW_WORDS)))
        version = editing.propose(session, services, version.id, version.edit, "wang")
    for one in ("wang", "li"):
        with pytest.raises(Refused, match="另一个人"), services.database.begin() as session:
            editing.publish(session, services, version.id, version.edit, one)
    with services.database.begin() as session:
        version = editing.publish(session, services, version.id, version.edit, "chen")
    assert version.read_by == "chen"


def test_who_saves_over_newer_words_is_told(shelf: Shelf) -> None:
    version, services = shelf.draft(changed(answer=NEW_WORDS)), shelf.services
    with services.database.begin() as session:
        editing.save(session, services, version.id, 1, "li", Written(changed(answer="李的一版，写得也够长了。")))
    with pytest.raises(Conflict) as caught, services.database.begin() as session:
        editing.save(session, services, version.id, 1, "wang", Written(changed(answer="王的一版，写得也够长了。")))
    assert "李的一版" in caught.value.version.body
    with pytest.raises(Conflict), services.database.begin() as session:
        editing.start(session, services, BELT, "wang", Written(changed()))


@ON_SQLITE
def test_what_does_not_fit_is_kept_and_not_proposed(shelf: Shelf) -> None:
    version, services = shelf.draft(changed(answer="")), shelf.services
    with pytest.raises(Refused), services.database.begin() as session:
        editing.propose(session, services, version.id, version.edit, "writer")
    assert states(shelf) == {1: DRAFT}


@ON_SQLITE
def test_a_version_that_fits_no_more_leaves_what_is_below(front: Front, shelf: Shelf) -> None:
    version = shelf.publish(changed(answer=NEW_WORDS))
    with front.services.database.begin() as session:
        session.execute(update(EntryVersion).where(EntryVersion.id == version.id).values(body='{"id": "x"}'))
        store.bump(session)
    assert shelf.served() == live.tree_entries()[BELT]


def test_a_withdrawn_answer_is_given_to_nobody_and_its_question_is_kept(front: Front, shelf: Shelf) -> None:
    assert "依据：" in front.say(ASKED)
    shelf.withdraw()
    said = front.say(ASKED)
    assert CHECKED in said and "12350" in said and "依据：" not in said
    last = front.rows(ConsultQuestion)[-1]
    assert (last.outcome, last.entry_id, last.queue) == (DECLINED, "", WAITING)
    shelf.restore()
    assert "依据：" in front.say(ASKED)


@ON_SQLITE
def test_the_neighbours_of_a_withdrawn_entry_do_not_answer_for_it(front: Front, shelf: Shelf) -> None:
    shelf.withdraw()
    for words in (ASKED, "上架子干活用不用系安全带", "几米算高处作业要系安全带"):
        said = front.say(words)
        assert live.tree_entries()[BELT].answer[:20] not in said


@ON_SQLITE
def test_a_choice_of_what_was_withdrawn_since_is_not_answered(front: Front, shelf: Shelf) -> None:
    offered = front.say("脚手架")
    questions = re.findall(r">\d\. (.+?)<", offered)
    assert len(questions) > 1
    first = next(one for one in live.tree_entries().values() if one.question == questions[0])
    second = next(one for one in live.tree_entries().values() if one.question == questions[1])
    shelf.withdraw(first.id)
    assert CHECKED in front.say("1")
    row = front.rows(ConsultQuestion)[-1]
    assert (row.queue, row.stopped_entry) == (WAITING, first.id)
    with front.services.database.reading() as session:
        assert why(session.get_one(ConsultQuestion, row.id)) == "答案撤回了，在核对"
    shelf.restore(first.id)
    front.say("脚手架")
    shelf.withdraw(first.id)
    assert second.answer[:10] in front.say("2"), "the others keep their numbers"


@ON_SQLITE
def test_a_withdrawn_entry_of_the_menu_is_not_answered(front: Front, shelf: Shelf) -> None:
    offered = front.say("问安全")
    entry = next(one for one in live.tree_entries().values() if one.question in offered)
    shelf.withdraw(entry.id)
    assert CHECKED in front.say(entry.question) or CHECKED in front.say("1")
    assert front.rows(ConsultQuestion)[-1].queue == WAITING


@ON_SQLITE
def test_why_does_not_repeat_what_was_withdrawn(front: Front, shelf: Shelf) -> None:
    front.say(ASKED)
    shelf.withdraw()
    entry = live.tree_entries()[BELT]
    for words in ("为什么", "说简单点"):
        said = front.say(words)
        assert entry.answer[:15] not in said and "撤回了，正在重新核对，请先不要照着做" in said and "已转给专家" in said
    row = front.rows(ConsultQuestion)[-1]
    assert (row.queue, row.stopped_entry) == (WAITING, BELT)


@ON_SQLITE
def test_every_answer_given_is_kept_to_be_found(front: Front, shelf: Shelf) -> None:
    front.say("高处作业要系安全带吗？还有煤气漏了怎么办？")
    (question,) = front.rows(ConsultQuestion)
    (beside,) = front.rows(ServedAnswer)
    assert (question.entry_id, beside.question_id) == (BELT, question.id)
    assert beside.entry_id.startswith("gas.")
    front.say("问安全")
    front.say("1")
    chosen = front.rows(ConsultQuestion)[-1]
    assert chosen.outcome == ANSWERED and chosen.entry_id


@ON_SQLITE
def test_staff_are_offered_no_withdrawn_entry(shelf: Shelf) -> None:
    assert BELT in {one.entry.id for one in answering().search(ASKED)}
    shelf.withdraw()
    assert BELT not in {one.entry.id for one in answering().search(ASKED)}
    assert BELT not in {one.id for one in answering().entries}
    assert answering().known(BELT) is not None


@ON_SQLITE
def test_withdrawing_needs_a_reason_and_restoring_two(shelf: Shelf) -> None:
    services = shelf.services
    for entry_id, reason in ((BELT, " "), (BELT, "长" * 201), ("height.no-such", "错")):
        with pytest.raises(Refused), services.database.begin() as session:
            withdrawing.withdraw(session, services, entry_id, "wang", reason)
    shelf.withdraw()
    with pytest.raises(Refused, match="已经撤回"):
        shelf.withdraw()
    with pytest.raises(Refused, match="还没有人申请"), services.database.begin() as session:
        withdrawing.restore(session, services, BELT, "li")
    with services.database.begin() as session:
        withdrawing.ask_restore(session, services, BELT, "wang", "核对过了")
    with pytest.raises(Refused, match="另一个人"), services.database.begin() as session:
        withdrawing.restore(session, services, BELT, "wang")
    with services.database.begin() as session:
        withdrawing.restore(session, services, BELT, "li")
    assert shelf.served() is not None


@ON_SQLITE
def test_a_new_version_brings_a_withdrawn_entry_back_if_the_reader_says_so(shelf: Shelf) -> None:
    shelf.withdraw()
    shelf.publish(changed(answer=NEW_WORDS))
    assert shelf.served() is None
    shelf.publish(
        changed(answer=NEW_WORDS + "再改。"), first=shelf.services.clock.today() + timedelta(days=2), restore=True
    )
    assert shelf.served() is None, "it holds from the day after tomorrow: until then the old one would be heard"
    shelf.publish(changed(answer=NEW_WORDS + "再改。"), restore=True)
    assert shelf.served() is not None


@ON_SQLITE
def test_while_the_database_is_away_the_last_known_state_holds(front: Front, shelf: Shelf) -> None:
    shelf.withdraw()
    assert shelf.served() is None
    with front.services.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consult_revision RENAME TO elsewhere")
    assert shelf.served() is None
    assert live.live().look() is False


@ON_SQLITE
def test_a_process_that_never_read_the_database_answers_nothing(front: Front, shelf: Shelf) -> None:
    with front.services.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consult_revision RENAME TO elsewhere")
    fresh = live.Live(front.services)
    assert fresh.serving().entry(BELT) is None
    with front.services.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO consult_revision")
    assert fresh.serving().entry(BELT) is not None


def test_the_tree_alone_is_served_where_nothing_is_installed() -> None:
    live.uninstall()
    assert live.live().serving().entry(BELT) is live.tree_entries()[BELT]


@ON_SQLITE
def test_an_untouched_database_serves_the_trees_own_index(front: Front) -> None:
    assert live.live().serving().index.entries is live.load_index().entries
    with front.services.database.begin() as session:
        session.execute(delete(Revision))
        store.bump(session)
    live.live().look()
    assert live.live().serving().index is live.load_index()


class Slow:
    """An embedder of our own size that counts what it is asked."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def vector(self, question: str) -> Vector:
        return self.vectors([question])[0]

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        self.lines += lines
        rows = np.ones((len(lines), SIZE), dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_only_what_is_new_is_embedded_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Slow()
    monkeypatch.setattr(vectors, "embedder", lambda: embedder)
    place = placing.Placing(live.tree_entries())
    new = live.tree_entries()[BELT].model_copy(update={"answer": NEW_WORDS})
    entries = [new if one.id == BELT else one for one in live.tree_entries().values()]
    missing = place.missing(entries)
    assert missing == [new]
    place.learn(missing)
    assert len(embedder.lines) == 1, "its answer is new, the ways it is asked are not"
    assert place.missing(entries) == []
    assert place.missing(live.tree_entries().values()) == [], "the tree's own are written with the tree"


@ON_SQLITE
def test_what_takes_long_to_embed_is_served_before_it_is(
    front: Front, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = Slow()
    monkeypatch.setattr(vectors, "embedder", lambda: embedder)
    monkeypatch.setattr(live, "SOON_S", 0.01)
    before = live.live().serving().generation
    shelf.publish(changed(answer=NEW_WORDS))
    served = shelf.served()
    assert served is not None and served.answer == NEW_WORDS
    assert live.live().serving().generation == before + 2, "once without the lines, once with them"
    assert embedder.lines
    live.live().build()
    assert live.live().serving().generation == before + 2
