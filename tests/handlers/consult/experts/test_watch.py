"""The job: who gets a question, when it goes on, and that nobody is told twice."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import update

from bot.outbox.records import OutboxMessage
from handlers.consult.experts import answers, cards, watch
from handlers.consult.experts.answers import Author
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.records import AnswerFor, Expert
from handlers.consult.records import CLOSED, REPLIED, WAITING, ConsultQuestion
from tests.handlers.consult.experts.stage import MONDAY_TO_FRIDAY, STAFF_ID, Stage, at, link_in, openid

EVENINGS = Hours.read(["19:00-21:00"] * 7)
LIFTING = "塔吊钢丝绳断丝到第三根还能不能接着用呀老师傅说没事的"
QUESTIONS = (
    "吊装的时候钢丝绳断丝到第三根还能不能接着用呀老师傅说没事",
    "深基坑旁边堆了很多钢管离坑边要留出几米才算合适的呀",
    "灌浆料过期半个月了监理让我们继续用行不行得通的呀",
    "幕墙的吸盘掉过一次修好了要不要重新做拉拔试验才能上",
    "盘扣架的斜杆缺了三根先搭上去等材料来了再补可不可以",
)


def owners(stage: Stage, *ids: str) -> list[str | None]:
    return [(one.expert_id if (one := stage.owner(id_)) else "") for id_ in ids]


def test_a_question_goes_to_who_knows_and_a_card_says_so(stage: Stage) -> None:
    fire, _ = stage.join("王工", "fire")
    lifting, _ = stage.join("李工", "lifting")
    asked = stage.ask(LIFTING)
    assert stage.look() == 1
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id == lifting and owned.topic.startswith("lifting")
    assert owned.due_at == at(16, 15, 30) and owned.remind_at == at(16, 11)
    (card,) = stage.cards()
    assert card.startswith("有1个问题等您答\n最早的请在6月16日 15:30前答") and link_in(card)
    assert [m.person_id for m in stage.sent(cards.KIND, cards.NEW)] == [stage.front.person_id(openid("李工"))]
    assert stage.look() == 0 and len(stage.cards()) == 1 and fire != lifting


def test_the_fewest_open_first_and_the_cap_holds(stage: Stage) -> None:
    one, _ = stage.join("王工", cap=1)
    two, _ = stage.join("李工", cap=2)
    ids = [stage.ask(words) for words in QUESTIONS[:4]]
    stage.look()
    assert sorted(map(str, owners(stage, *ids))) == sorted([one, two, two, "None"])
    assert len(stage.cards()) == 2, "one card for two questions"


def test_nobody_there_and_the_office_has_it_until_somebody_is(stage: Stage) -> None:
    stage.move(at(16, 12, 30))
    expert, _ = stage.join("王工")
    asked = stage.ask()
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and (owned.expert_id, owned.why) == (None, "nobody")
    assert owned.due_at == at(17, 9)
    assert stage.cards() == []
    stage.move(at(16, 14, 30))
    stage.look()
    assert owners(stage, asked) == [expert] and len(stage.cards()) == 1


def test_due_by_the_next_hours(stage: Stage) -> None:
    stage.move(at(18, 20))
    asked = stage.ask()
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and owned.due_at == at(21, 12), "four hours of Monday's work"


@pytest.mark.parametrize(
    "more", [{"begin": date(2021, 6, 17)}, {"end": date(2021, 6, 15)}, {"hours": EVENINGS}, {"cap": 0}]
)
def test_who_is_not_there_gets_nothing(stage: Stage, more: dict[str, object]) -> None:
    expert_id = stage.expert("王工", **more)
    stage.admit(expert_id, openid("王工"))
    asked = stage.ask()
    stage.look()
    assert owners(stage, asked) == [None]


def test_an_experts_own_question_is_anothers_to_answer(stage: Stage) -> None:
    stage.join("王工")
    other, _ = stage.join("李工")
    asked = stage.ask(sender=openid("王工"))
    stage.look()
    assert owners(stage, asked) == [other]


def test_reminded_at_half_and_passed_on_when_due(stage: Stage) -> None:
    first, _ = stage.join("王工")
    asked = stage.ask()
    stage.look()
    second, _ = stage.join("李工")
    stage.move(at(16, 10, 59))
    stage.look()
    assert len(stage.cards()) == 1
    stage.move(at(16, 11))
    for _ in range(3):
        stage.look()
    assert len(stage.cards()) == 2 and stage.cards()[1].startswith("提醒：还有1个问题没答")
    stage.move(at(16, 15, 30))
    for _ in range(3):
        stage.look()
    assert [(o.expert_id, o.state, o.why) for o in stage.had(asked)] == [
        (first, "late", "routed"),
        (second, "open", "late"),
    ]
    stage.move(at(17, 11))
    stage.look()
    stage.move(at(17, 15))
    stage.look()
    assert owners(stage, asked) == [None], "no third expert: the office"
    assert [o.why for o in stage.had(asked)][-1] == "late"
    stage.look()
    assert owners(stage, asked) == [None], "what was late once is the office's"


def test_after_a_pause_all_is_done_once(stage: Stage) -> None:
    first, _ = stage.join("王工")
    ids = [stage.ask(words) for words in QUESTIONS]
    stage.look()
    second, _ = stage.join("李工")
    stage.move(at(23, 9, 30))
    for _ in range(4):
        stage.look()
    assert owners(stage, *ids) == [second] * 5
    assert len(stage.cards()) == 2, "no reminder for what is late, one card for five questions"
    assert "有5个问题等您答" in stage.cards()[1] and first != second


def test_out_of_hours_nobody_is_disturbed(stage: Stage) -> None:
    stage.join("王工")
    stage.ask()
    stage.look()
    stage.move(at(16, 13))
    stage.ask(QUESTIONS[1])
    for _ in range(2):
        stage.look()
    assert len(stage.cards()) == 1
    stage.move(at(16, 14, 31))
    stage.look()
    assert "2个问题" in stage.cards()[1] and len(stage.cards()) == 2, "the reminder tells of the new one too"
    stage.look()
    assert len(stage.cards()) == 2


def test_cards_come_no_oftener_than_the_rules_say(stage: Stage) -> None:
    stage.join("王工")
    for minute, words in enumerate(QUESTIONS):
        stage.move(at(16, 9, minute))
        stage.ask(words)
        stage.look()
    assert len(stage.cards()) == 1
    stage.move(at(16, 9, 31))
    stage.look()
    assert len(stage.cards()) == 2 and "有5个问题等您答" in stage.cards()[1]


def test_who_cannot_be_reached_gets_no_more_until_they_are_back(stage: Stage) -> None:
    first, _ = stage.join("王工")
    asked = stage.ask()
    stage.look()
    stage.fail_cards()
    stage.look()
    assert [(o.expert_id, o.state) for o in stage.had(asked)] == [(first, "unreachable"), (None, "open")]
    later = stage.ask(QUESTIONS[1])
    stage.look()
    assert owners(stage, later) == [None]
    heard = stage.front.say("你好", openid("王工"))
    assert "问题等您答" in heard, "what could not be pushed is shown"
    stage.look()
    assert owners(stage, later) == [first]


def test_a_card_that_is_no_longer_wanted_does_not_leave(stage: Stage) -> None:
    expert, _phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    assert cards.still_wanted(stage.front.services, expert) == ""
    stage.move(at(16, 9, 40))
    stage.ask(QUESTIONS[1])
    stage.look()
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(queue=CLOSED))
    stage.look()
    assert cards.still_wanted(stage.front.services, expert) == "nothing_waits"
    assert stage.owner(asked) is None
    with stage.front.services.database.begin() as session:
        session.execute(update(Expert).values(state="suspended"))
    assert cards.still_wanted(stage.front.services, expert) == "not_expert"


def test_answered_or_closed_elsewhere_it_leaves_the_experts_list(stage: Stage) -> None:
    _expert, phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(queue=CLOSED))
    stage.look()
    assert [o.state for o in stage.had(asked)] == ["taken"]
    assert "没有等您答的" in phone.open(stage.links["王工"]).page


def test_what_was_of_no_use_goes_to_another_expert_sooner(stage: Stage) -> None:
    first, phone = stage.join("王工")
    asker = "oAskerWhoComesBack0000000001"
    asked = stage.ask(sender=asker)
    stage.look()
    phone.open(stage.links["王工"]).press("send", words="看说明书。")
    second, other = stage.join("李工")
    stage.front.say("没用", asker)
    assert stage.question(asked).queue == WAITING
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id == second != first
    assert owned.due_at == at(16, 11), "two hours, not four"
    page = other.open(stage.links["李工"]).page
    assert "之前的答复，对方说没用" in page and "看说明书。" in page
    assert [one.found for one in stage.front.rows(AnswerFor)] == ["useless"]
    other.press("send", words="断丝到标准就要报废，马上换。")
    assert stage.question(asked).queue == REPLIED
    assert len(stage.sent()) == 2


def test_the_only_expert_does_not_get_it_back(stage: Stage) -> None:
    _first, phone = stage.join("王工")
    asker = "oAskerWhoComesBack0000000001"
    asked = stage.ask(sender=asker)
    stage.look()
    phone.open(stage.links["王工"]).press("send", words="看说明书。")
    stage.front.say("没用", asker)
    stage.look()
    assert owners(stage, asked) == [None]


def test_many_workers_do_it_once(stage: Stage) -> None:
    stage.join("王工")
    stage.join("李工")
    ids = [stage.ask(words) for words in QUESTIONS]
    failures: list[BaseException] = []

    def run() -> None:
        try:
            watch.look(stage.front.services)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures
    assert all(len(stage.had(id_)) == 1 for id_ in ids)
    stage.look()
    assert len(stage.cards()) == 2


def test_two_who_answer_at_once_are_one_answer(stage: Stage) -> None:
    """The expert and the office press at the same moment."""
    expert, _ = stage.join("王工")
    asked = stage.ask()
    stage.look()
    services, outcomes = stage.front.services, []
    start = threading.Barrier(2)

    def give(author: Author, words: str) -> None:
        start.wait()
        try:
            with services.database.begin() as session:
                answers.give(session, services, asked, [], author, words, "r")
            outcomes.append("sent")
        except Exception as error:
            outcomes.append(type(error).__name__)

    pairs = [(Author(expert, "expert"), "一个答复。"), (Author(STAFF_ID, "staff"), "另一个答复。")]
    threads = [threading.Thread(target=give, args=pair) for pair in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["Taken", "sent"]
    assert len(stage.sent()) == 1 and len(stage.answers()) == 1


def test_the_office_hours_are_the_experts_default() -> None:
    assert Hours.read([MONDAY_TO_FRIDAY] * 5 + ["", ""]) == watch.rules().office


def test_no_message_names_a_question(stage: Stage) -> None:
    stage.join("王工")
    stage.ask(LIFTING)
    stage.look()
    for message in stage.front.rows(OutboxMessage):
        if message.kind == cards.KIND:
            assert "钢丝绳" not in stage.words(message) and "lifting" not in stage.words(message)
