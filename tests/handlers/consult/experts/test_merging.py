"""Fifty who ask the same wait together and hear one answer."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from handlers.consult import replies
from handlers.consult.experts import answers, merging
from handlers.consult.experts.answers import Author
from handlers.consult.experts.records import SameQuestion
from handlers.consult.records import HAZARD, REPLIED, WAITING, ConsultQuestion
from tests.handlers.consult.experts.stage import STAFF_ID, Phone, Stage, at

SAME = "吊装的时候钢丝绳断丝到第三根还能不能接着用"
WAYS = (SAME, f"请问{SAME}呀", f"您好，{SAME}，谢谢", "吊装时钢丝绳断丝到第三根可以接着用吗", f"急急急{SAME}")
OTHER = "吊装的时候钢丝绳断丝到第九根还能不能接着用"
ANSWER = "不能，先停下来找持证的人检查。"


@pytest.fixture
def many(stage: Stage) -> tuple[Stage, Phone, list[str]]:
    """Five who ask the same and one who asks another thing, with one expert whose page is open."""
    _id, phone = stage.join("王工")
    ids = [stage.ask(words) for words in WAYS]
    ids.append(stage.ask(OTHER))
    stage.look()
    return stage, phone, ids


def open_lead(stage: Stage, phone: Phone, id_: str) -> Phone:
    owned = stage.owner(id_)
    assert owned is not None
    return phone.open(f"{stage.links['王工']}/q/{owned.id}")


def test_they_wait_with_the_first_and_the_expert_sees_one(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    assert [bool(stage.owner(id_)) for id_ in ids] == [True, False, False, False, False, True]
    assert {s.lead_id for s in stage.front.rows(SameQuestion)} == {ids[0]}
    page = phone.open(stage.links["王工"]).page
    assert "有2个问题等您答" in page and "还有4个人问了同样的" in page and len(stage.cards()) == 1
    page = open_lead(stage, phone, ids[0]).page
    assert "还有4个人问了同样的" in page and page.count('type="checkbox"') == 4


def test_one_answer_goes_to_all_each_with_a_message_of_their_own(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0]).press("send", words=ANSWER)
    assert [stage.question(id_).queue for id_ in ids] == [REPLIED] * 5 + [WAITING]
    sent = stage.sent()
    assert {m.subject for m in sent} == set(ids[:5]) and len({m.person_id for m in sent}) == 5
    assert all(stage.words(m).endswith(ANSWER) for m in sent)
    content = stage.front.services.content
    for id_ in ids[:5]:
        kept = stage.question(id_).reply_sealed
        assert kept and content.decrypt(kept, replies.TABLE, id_, replies.REPLY) == ANSWER
    open_lead_again = phone.press("send", words=ANSWER)
    assert open_lead_again.status in {200, 409} and len(stage.sent()) == 5
    stage.look()
    assert len(stage.sent()) == 5


def test_what_is_unticked_becomes_a_question_of_its_own(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0])
    ticked = phone.standing()["same"]
    assert set(ticked) == set(ids[1:5])
    phone.press("send", words=ANSWER, same=[one for one in ticked if one != ids[2]])
    assert stage.question(ids[2]).queue == WAITING and len(stage.sent()) == 4
    stage.look()
    assert stage.owner(ids[2]) is not None
    stage.look()
    assert len(stage.had(ids[2])) == 1


def test_what_joined_while_the_page_was_open_is_not_answered_unseen(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0])
    late = stage.ask(f"请问一下{SAME}呢")
    stage.look()
    assert stage.owner(late) is None
    phone.press("send", words=ANSWER)
    assert stage.question(late).queue == WAITING
    stage.look()
    owned = stage.owner(late)
    assert owned is not None
    page = phone.open(f"{stage.links['王工']}/q/{owned.id}").page
    assert "答过同样的" in page and ANSWER in page, "the same answer is offered and not sent"
    phone.press("", same_reply="1", words="")
    assert phone.standing()["words"] == ANSWER and stage.question(late).queue == WAITING


def test_a_day_later_nothing_is_offered(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0]).press("send", words=ANSWER)
    stage.move(at(17, 9, 1))
    late = stage.ask(SAME)
    services = stage.front.services
    with services.database.reading() as session:
        assert merging.suggested(session, services, stage.question(late)) is None


def test_ids_that_the_page_did_not_show_get_nothing(many: tuple[Stage, Phone, list[str]]) -> None:
    """A form made by hand cannot bring the answer to questions of others."""
    stage, phone, ids = many
    open_lead(stage, phone, ids[0])
    phone.press("send", words=ANSWER, same=[*ids, "NOSUCH"], shown=[*ids, "NOSUCH"])
    assert stage.question(ids[5]).queue == WAITING and len(stage.sent()) == 5


def test_one_person_who_asked_twice_hears_it_once(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    asker = "oAskerWhoAsksTwice0000000001"
    first, second = stage.ask(SAME, asker), stage.ask(f"请问{SAME}呀", asker)
    stage.look()
    page = phone.open(stage.links["王工"]).page
    assert "这个人又问了1遍" in page and "个人问了同样的" not in page
    phone.press("send", words=ANSWER)
    assert [stage.question(id_).queue for id_ in (first, second)] == [REPLIED, REPLIED]
    assert len(stage.sent()) == 1


def test_nothing_marked_joins_or_is_shown(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == ids[1]).values(mark=HAZARD))
    open_lead(stage, phone, ids[0])
    assert ids[1] not in phone.page and "还有3个人" in phone.page
    phone.press("send", words=ANSWER, same=ids[1:5], shown=ids[1:5])
    assert stage.question(ids[1]).queue == WAITING and len(stage.sent()) == 4


def test_where_the_first_is_marked_the_others_go_on_without_it(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, _phone, ids = many
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == ids[0]).values(mark=HAZARD))
    stage.look()
    stage.look()
    assert stage.owner(ids[0]) is None and stage.owner(ids[1]) is not None
    assert {s.lead_id for s in stage.front.rows(SameQuestion) if s.question_id in ids[2:5]} == {ids[1]}


def test_a_held_answer_goes_to_all_after_release(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0]).press("send", words="不能用，用了要罚款。")
    assert not stage.sent()
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        assert answers.approve(session, services, held.id, STAFF_ID, "不能用，用了要罚款。", None, "r") == 5
    assert [stage.question(id_).queue for id_ in ids] == [REPLIED] * 5 + [WAITING]


def test_a_correction_reaches_everyone(many: tuple[Stage, Phone, list[str]]) -> None:
    stage, phone, ids = many
    open_lead(stage, phone, ids[0]).press("send", words=ANSWER)
    services = stage.front.services
    with services.database.begin() as session:
        given = answers.correct(
            session, services, stage.answers()[0].id, Author(STAFF_ID, "staff"), "断一根就停。", "r", waits=False
        )
    assert given.told == 5 and len(stage.sent()) == 10
    assert {stage.words(m).startswith("更正：") for m in stage.sent()[5:]} == {True}


def test_fifty_and_one_answer(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    ids = [stage.ask(WAYS[n % len(WAYS)]) for n in range(50)]
    stage.look()
    assert "还有49个人问了同样的" in phone.open(stage.links["王工"]).page
    phone.press("send", words=ANSWER)
    assert len(stage.sent()) == 50 and {stage.question(id_).queue for id_ in ids} == {REPLIED}
