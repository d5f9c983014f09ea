"""The knowledge base's pages: reading, writing, the second reader, withdrawing, telling people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.console.records import AuditEvent
from bot.directory import people
from bot.features import Feature
from bot.freezing import thaw
from bot.ids import new_id
from bot.outbox.records import ACCEPTED, FAILED, WINDOW_CLOSED, OutboxMessage
from handlers.consult import feature as consult
from handlers.consult.publishing import corrections, evaluating, live
from handlers.consult.publishing.records import Correction, EntryVersion, EvaluationRun, ServedAnswer, Withdrawal
from handlers.consult.records import ANSWERED, ConsultQuestion, EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import make_desk, make_services
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, Shelf, changed

TOKEN = {"token_from": "/console/profile/"}


@pytest.fixture
def desk(tmp_path, database_url):
    whole = consult.feature
    feature = Feature("consult", "咨询", pages=whole.pages, home=whole.home, console=whole.console, jobs=whole.jobs)
    services = make_services(tmp_path, (feature,), database_url=database_url)
    live.install(services)
    yield make_desk(services)
    services.close()


@pytest.fixture
def shelf(desk) -> Shelf:
    return Shelf(desk.services)


def filled(**fields: object) -> dict[str, object]:
    """The edit form of the belt's entry as it opens, with changes."""
    entry = live.tree_entries()[BELT]
    form: dict[str, object] = {
        "question": entry.question,
        "phrasings": "\n".join(entry.phrasings),
        "answer": entry.answer,
        "audience": list(entry.audience),
        "hotlines": " ".join(entry.hotlines),
        "related": " ".join(entry.related),
        "detail": entry.detail,
        "steps": "\n".join(entry.steps),
    }
    for number, source in enumerate(entry.sources):
        for name, value in source.model_dump(mode="json").items():
            form[f"source-{number}-{name}"] = value or ""
    if entry.confirm:
        form["confirm"] = "1"
    return {**form, **fields}


def versions(desk) -> list[EntryVersion]:
    with desk.services.database.reading() as session:
        return list(session.scalars(select(EntryVersion).order_by(EntryVersion.number)))


def actions(desk) -> list[str]:
    with desk.services.database.reading() as session:
        return list(
            session.scalars(
                select(AuditEvent.action).where(AuditEvent.action.startswith("knowledge.")).order_by(AuditEvent.id)
            )
        )


def answered(desk, entry_id: str = BELT, *, who: str = "o-1", days_ago: float = 1, beside: str = "") -> str:
    """Somebody got an entry's answer."""
    services, id_ = desk.services, new_id()
    at = services.clock.now() - timedelta(days=days_ago)
    with services.database.begin() as session:
        person = people.ensure(session, services.hasher, services.vault, "wechat", who, at)
        session.add(
            ConsultQuestion(
                id=id_, person_id=person.id, channel="wechat", request_id=new_id(), asked_at=at,
                text_sealed=services.content.encrypt("问", "consult_question", id_, "text"), outcome=ANSWERED,
                entry_id=entry_id, as_of=services.clock.today(),
            )
        )  # fmt: skip
        if beside:
            session.add(ServedAnswer(id=new_id(), question_id=id_, entry_id=beside, at=at))
    return id_


# -- reading ----------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_the_list_finds_and_counts(desk, shelf):
    browser = desk.signed_in("chen", "expert")
    page = browser.get("/console/knowledge/").text
    assert f"全部 {len(live.tree_entries())}" in page and "改过的 0" in page
    assert BELT in browser.get("/console/knowledge/?words=安全带&topic=height").text
    assert "没有符合的条目" in browser.get("/console/knowledge/?words=安全带&topic=gas").text
    shelf.publish(changed(answer=NEW_WORDS))
    shelf.withdraw("gas.leak")
    live.live().look()
    assert BELT in browser.get("/console/knowledge/?view=changed").text
    page = browser.get("/console/knowledge/?view=withdrawn").text
    assert "gas.leak" in page and "已撤回" in page
    assert browser.get("/console/knowledge/?view=everything").status_code == 404
    assert browser.get("/console/knowledge/?page=0").status_code == 404
    assert browser.get("/console/knowledge/?page=2").status_code == 200


@ON_SQLITE
def test_every_entry_of_the_tree_opens(desk):
    browser = desk.signed_in("leader", "leader")
    for entry in list(live.tree_entries().values())[::40]:
        page = browser.get(f"/console/knowledge/e/{entry.id}")
        assert page.status_code == 200 and "手机上这样答" in page.text
        assert "修改" not in page.text and "马上撤回" not in page.text, "leaders read"
    assert browser.get("/console/knowledge/e/height.no-such-entry").status_code == 404


@ON_SQLITE
def test_leaders_and_others_write_nothing(desk, shelf):
    version = shelf.draft(changed(answer=NEW_WORDS))
    leader, officer = desk.signed_in("leader", "leader"), desk.signed_in("officer", "officer")
    for path in ("new", f"e/{BELT}/edit", f"v/{version.id}", f"v/{version.id}/edit", f"v/{version.id}/figures"):
        assert leader.get(f"/console/knowledge/{path}").status_code == 404
    for path in (f"e/{BELT}/withdraw", f"e/{BELT}/rollback", f"v/{version.id}/publish", "evaluation/run"):
        assert leader.post(f"/console/knowledge/{path}", **TOKEN).status_code == 404
    assert officer.get("/console/knowledge/").status_code == 404


# -- writing ----------------------------------------------------------------------------------------------------------


def test_from_a_draft_to_what_people_hear(desk):
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    saved = writer.post(f"/console/knowledge/e/{BELT}/edit", filled(answer=NEW_WORDS, note="话说短些"), **TOKEN)
    assert saved.status_code == 302
    (version,) = versions(desk)
    page = writer.get(f"/console/knowledge/v/{version.id}").text
    assert "<del>" in page and "<ins>" in page and "话说短些" in page and "请第二人复核" in page
    act(writer, version, "propose")
    assert "要请另一位专家或值班员" in writer.get(f"/console/knowledge/v/{version.id}").text
    assert act(writer, version, "publish").status_code == 409
    assert "复核无误，发布" in reader.get(f"/console/knowledge/v/{version.id}").text
    assert "条目等人复核" in reader.get("/console/").text
    assert act(reader, version, "publish").status_code == 302
    served = live.live().serving().entry(BELT)
    assert served is not None and served.answer == NEW_WORDS and served.reviewed_by == "fu"
    assert actions(desk) == ["knowledge.draft", "knowledge.propose", "knowledge.publish"]
    page = reader.get(f"/console/knowledge/e/{BELT}").text
    assert NEW_WORDS in page and "chen写，fu复核" in page and "复核并发布" in page


def act(browser, version: EntryVersion, action: str, **fields: str):
    path = f"/console/knowledge/v/{version.id}"
    found = re.search(r'name="edit" value="(\d+)"', browser.get(path).text)
    edit = found[1] if found else "0"
    return browser.post(f"{path}/{action}", {"edit": edit, **fields}, **TOKEN)


@ON_SQLITE
def test_an_unchanged_form_changes_nothing(desk):
    writer = desk.signed_in("chen", "expert")
    writer.post(f"/console/knowledge/e/{BELT}/edit", filled(), **TOKEN)
    (version,) = versions(desk)
    assert "没有不同" in writer.get(f"/console/knowledge/v/{version.id}").text


@ON_SQLITE
def test_what_is_wrong_is_said_at_its_field_and_kept(desk):
    writer = desk.signed_in("chen", "expert")
    bad = filled(answer="长" * 301, phrasings="一条\n两条", related="height.no-such", hotlines="打110")
    bad["source-0-issuer"] = ""
    bad |= {"first": "2027-07-01", "last": "2027-06-01", "audience": []}
    page = writer.post(f"/console/knowledge/e/{BELT}/edit", bad, **TOKEN)
    assert page.status_code == 200
    for words in (
        "最多300字，现在301字", "要5到12条，现在2条", "没有这些条目：height.no-such", "电话只写数字",
        "第1条：发布机关还没填", "不能早于开始的那一天", "“给谁看”还没填", "标红的地方改好",
    ):  # fmt: skip
        assert words in page.text, words
    assert "长" * 301 in page.text
    (version,) = versions(desk)
    assert "长" * 301 in writer.get(f"/console/knowledge/v/{version.id}/edit").text, "kept though it does not fit"
    page = writer.get(f"/console/knowledge/v/{version.id}").text
    assert "还不能请人复核" in page
    assert act(writer, version, "propose").status_code == 409


@ON_SQLITE
def test_two_at_once_and_no_words_lost(desk):
    one, two = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    one.get(f"/console/knowledge/e/{BELT}/edit")
    one.post(f"/console/knowledge/e/{BELT}/edit", filled(answer="陈专家改的一版，写得够长了。"), **TOKEN)
    late = two.post(f"/console/knowledge/e/{BELT}/edit", filled(answer="符值班改的一版，写得够长了。"), **TOKEN)
    assert late.status_code == 409
    assert "chen也改了这一条" in late.text and "符值班改的一版" in late.text and "一个字没丢" in late.text
    (version,) = versions(desk)
    edit = re.search(r'name="edit" value="(\d+)"', late.text)[1]
    path = f"/console/knowledge/v/{version.id}/edit"
    assert (
        two.post(path, {**filled(answer="两边合在一起的一版，写得够长了。"), "edit": edit}, **TOKEN).status_code == 302
    )
    stale = one.post(path, {**filled(answer="陈专家又改的一版，写得够长了。"), "edit": edit}, **TOKEN)
    assert stale.status_code == 409 and "陈专家又改的一版" in stale.text
    assert "两边合在一起" in versions(desk)[0].body


@ON_SQLITE
def test_sent_back_with_a_reason(desk, shelf):
    version = shelf.draft(changed(answer=NEW_WORDS), by=desk.add("writer", "expert").id)
    writer, reader = desk.browser(), desk.signed_in("fu", "duty")
    writer.sign_in("writer")
    act(writer, version, "propose")
    assert act(reader, version, "send-back").status_code == 409, "without a reason"
    act(reader, version, "send-back", why="第二句没有依据")
    page = writer.get(f"/console/knowledge/v/{version.id}/edit").text
    assert "第二句没有依据" in page
    act(writer, version, "drop")
    assert versions(desk)[0].state == "dropped"
    assert writer.get(f"/console/knowledge/e/{BELT}/edit").status_code == 200


@ON_SQLITE
def test_a_new_entry_gets_an_id_of_its_topic(desk):
    writer = desk.signed_in("chen", "expert")
    for slug, complaint in (("Ding Dong!", "只用小写字母"), ("belt-required", "已经有这个编号")):
        page = writer.post("/console/knowledge/new", filled(topic="height", slug=slug), **TOKEN)
        assert page.status_code == 400 and complaint in page.text
    assert writer.post("/console/knowledge/new", filled(topic=""), **TOKEN).status_code == 400
    writer.post("/console/knowledge/new", filled(topic="height", slug="drone-2"), **TOKEN)
    writer.post("/console/knowledge/new", filled(topic="gas"), **TOKEN)
    ids = {row.entry_id for row in versions(desk)}
    assert "height.drone-2" in ids and any(re.match(r"gas\.new-\d{6}-1$", one) for one in ids)
    page = writer.get("/console/knowledge/?view=open").text
    assert "height.drone-2" in page and "还没发布" in page
    assert "还没发布" in writer.get("/console/knowledge/e/height.drone-2").text


@ON_SQLITE
def test_an_experts_answer_becomes_an_entry_and_its_author_is_no_second_reader(desk):
    writer, author = desk.signed_in("fu", "duty"), desk.signed_in("chen", "expert")
    author_id = desk.staff("chen").id
    question = answered(desk, "")
    with desk.services.database.begin() as session:
        session.get_one(ConsultQuestion, question).replied_by = author_id
        session.add(
            EntryDraft(
                id="D" * 26, question_id=question, created_by=author_id, created_at=desk.services.clock.now(),
                question="高处作业安全带挂在哪里", answer="挂在高处牢靠的地方，高挂低用。",
            )
        )  # fmt: skip
    page = writer.get("/console/consult/drafts").text
    assert "写成条目" in page
    form = writer.get(f"/console/knowledge/new?draft={'D' * 26}").text
    assert "挂在高处牢靠的地方" in form and 'value="height" selected' in form
    writer.post("/console/knowledge/new", filled(topic="height", slug="hook", draft="D" * 26), **TOKEN)
    assert "已写成条目" in writer.get("/console/consult/drafts").text
    (version,) = versions(desk)
    act(writer, version, "propose")
    assert act(author, version, "publish").status_code == 409


@ON_SQLITE
def test_hiding_and_rolling_back(desk, shelf):
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    writer.post(f"/console/knowledge/e/{BELT}/hide", {"why": ""}, **TOKEN)
    assert versions(desk) == []
    writer.post(f"/console/knowledge/e/{BELT}/hide", {"why": "活动已经结束"}, **TOKEN)
    (version,) = versions(desk)
    assert "不再回答这一条" in reader.get(f"/console/knowledge/v/{version.id}").text
    act(reader, version, "publish")
    assert live.live().serving().entry(BELT) is None
    page = reader.get(f"/console/knowledge/e/{BELT}").text
    assert "不再回答" in page and "退回程序里的" in page
    back = f"/console/knowledge/e/{BELT}/rollback"
    assert reader.post(back, {"number": "0"}, **TOKEN).status_code == 409
    assert reader.post(back, {"number": "7", "why": "看错了"}, **TOKEN).status_code == 409
    assert reader.post(back, {"number": "0", "why": "看错了"}, **TOKEN).status_code == 302
    assert live.live().serving().entry(BELT) is not None


@ON_SQLITE
def test_what_waited_for_confirmation_is_settled_by_two(desk):
    entry = next(one for one in live.tree_entries().values() if one.confirm)
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    path = f"/console/knowledge/e/{entry.id}"
    assert "核对过，没有错" in writer.get(path).text
    writer.post(f"{path}/settle", {"why": ""}, **TOKEN)
    assert versions(desk) == []
    writer.post(f"{path}/settle", {"why": "对过JGJ80-2016"}, **TOKEN)
    (version,) = versions(desk)
    act(reader, version, "publish")
    served = live.live().serving().entry(entry.id)
    assert served is not None and not served.confirm and served.answer == entry.answer
    assert writer.post(f"{path}/settle", {"why": "再来一次"}, **TOKEN).status_code == 404


@ON_SQLITE
def test_something_pasted_by_mistake_is_not_saved_and_not_lost(desk):
    writer = desk.signed_in("chen", "expert")
    page = writer.post(f"/console/knowledge/e/{BELT}/edit", filled(detail="贴" * 30_000), **TOKEN)
    assert page.status_code == 400 and "整条太长" in page.text and "贴" * 30_000 in page.text
    assert versions(desk) == []


@ON_SQLITE
def test_the_page_says_when_the_trees_words_changed_underneath(desk, shelf):
    browser = desk.signed_in("chen", "expert")
    version = shelf.publish(changed(answer=NEW_WORDS))
    assert "程序里，这一条也改过了" not in browser.get(f"/console/knowledge/e/{BELT}").text
    with desk.services.database.begin() as session:
        session.get_one(EntryVersion, version.id).tree = "an older release's"
    assert "程序里，这一条也改过了" in browser.get(f"/console/knowledge/e/{BELT}").text
    shelf.roll_back(0)
    shelf.publish(changed())
    page = browser.get(f"/console/knowledge/e/{BELT}").text
    assert "程序里的也改过了" not in page


@ON_SQLITE
def test_what_people_wrote_stays_text(desk):
    writer = desk.signed_in("chen", "expert")
    nasty = "<script>alert(1)</script>先说结论再说做法够长"
    writer.post(f"/console/knowledge/e/{BELT}/edit", filled(answer=nasty, note="<b>粗</b>"), **TOKEN)
    (version,) = versions(desk)
    for path in (f"v/{version.id}", f"v/{version.id}/edit", f"e/{BELT}"):
        page = writer.get(f"/console/knowledge/{path}").text
        assert "<script>alert" not in page and "<b>粗" not in page


# -- withdrawing and telling people -------------------------------------------------------------------------------------


def withdrawn(browser, entry_id: str = BELT) -> str:
    """Withdraw on the page; the address of the page that follows."""
    done = browser.post(f"/console/knowledge/e/{entry_id}/withdraw", {"reason": "数字写错了"}, **TOKEN)
    assert done.status_code == 302
    return done.headers["Location"]


def test_a_withdrawal_counts_who_got_it_and_tells_them_once(desk):
    answered(desk, who="o-1")
    answered(desk, who="o-1", days_ago=3)
    answered(desk, "gas.leak", who="o-2", beside=BELT)
    answered(desk, who="o-3", days_ago=40)
    answered(desk, "gas.leak", who="o-4")
    browser = desk.signed_in("fu", "duty")
    path = withdrawn(browser)
    assert live.live().serving().entry(BELT) is None
    page = browser.get(path).text
    assert "3次" in page and "2人" in page and "4次" in page and "3人" in page
    assert "o-1" not in page
    prepared = browser.post(f"{path}/prepare", {"words": "更正：要挂在高处。打13907551234问我", "days": "30"}, **TOKEN)
    assert prepared.status_code == 302
    page = browser.get(path).text
    assert "确认，发给2人" in page and "13907551234" not in page
    assert messages(desk) == []
    id_ = re.search(r'name="correction" value="(\w+)"', page)[1]
    assert browser.post(f"{path}/confirm", {"correction": id_}, **TOKEN).status_code == 302
    assert browser.post(f"{path}/confirm", {"correction": id_}, **TOKEN).status_code == 409
    assert corrections.plan_confirmed(desk.services) == 2
    assert corrections.plan_confirmed(desk.services) == 0
    sent = messages(desk)
    assert len({one.person_id for one in sent}) == len(sent) == 2
    assert {one.kind for one in sent} == {"consult.correction"}
    words = thaw(desk.services.content.decrypt(sent[0].content, "outbox_message", sent[0].id, "content")).text
    assert words.startswith("更正：要挂在高处。") and "13907551234" not in words
    with desk.services.database.begin() as session:
        one, two = session.scalars(select(OutboxMessage)).all()
        one.state, (two.state, two.reason) = ACCEPTED, (FAILED, WINDOW_CLOSED)
    page = re.sub(r"\s", "", browser.get(path).text)
    assert "<dt>已发到</dt><dd>1人</dd>" in page and "没发成</dt><dd>1人</dd>" in page
    assert actions(desk)[-2:] == ["knowledge.withdraw", "knowledge.correct"]


def messages(desk) -> list[OutboxMessage]:
    with desk.services.database.reading() as session:
        return list(session.scalars(select(OutboxMessage)))


@ON_SQLITE
def test_a_correction_is_planned_in_pieces_and_can_be_stopped(desk, monkeypatch):
    monkeypatch.setattr(corrections, "PIECE", 2)
    for number in range(5):
        answered(desk, who=f"o-{number}")
    browser = desk.signed_in("fu", "duty")
    path = withdrawn(browser)
    browser.post(f"{path}/prepare", {"words": "更正：先别照着做。", "days": "7"}, **TOKEN)
    id_ = re.search(r'name="correction" value="(\w+)"', browser.get(path).text)[1]
    browser.post(f"{path}/confirm", {"correction": id_}, **TOKEN)
    assert corrections._plan_piece(desk.services, id_) == 2
    with desk.services.database.reading() as session:
        assert corrections.progress(session, id_).planned == 2
    assert corrections.plan_confirmed(desk.services) == 3
    browser.post(f"{path}/stop", {"correction": id_}, **TOKEN)
    assert {one.state for one in messages(desk)} == {"cancelled"}
    assert corrections.OUTBOX_KINDS[0].still_wanted(desk.services, id_)
    assert browser.post(f"{path}/stop", {"correction": id_}, **TOKEN).status_code == 409
    assert corrections.plan_confirmed(desk.services) == 0


@ON_SQLITE
def test_only_the_last_words_prepared_can_go(desk):
    answered(desk)
    browser = desk.signed_in("fu", "duty")
    path = withdrawn(browser)
    browser.post(f"{path}/prepare", {"words": "更正：头一回写的。", "days": "30"}, **TOKEN)
    first = re.search(r'name="correction" value="(\w+)"', browser.get(path).text)[1]
    browser.post(f"{path}/prepare", {"words": "更正：第二回写的。", "days": "30"}, **TOKEN)
    assert browser.post(f"{path}/confirm", {"correction": first}, **TOKEN).status_code == 409
    for words, days in (("", "30"), ("长" * 301, "30"), ("更正", "11")):
        page = browser.post(f"{path}/prepare", {"words": words, "days": days}, **TOKEN)
        assert page.status_code == 400 and words in page.text


def test_restoring_takes_two(desk):
    one, two = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    withdrawn(one)
    again = one.post(f"/console/knowledge/e/{BELT}/withdraw", {"reason": "再撤一次"}, **TOKEN)
    assert again.status_code == 409 and "已经撤回了" in again.text
    path = f"/console/knowledge/e/{BELT}"
    one.post(f"{path}/ask-restore", {"why": "对过规范了"}, **TOKEN)
    assert "要请另一个人" in one.get(path).text
    assert one.post(f"{path}/restore", **TOKEN).status_code == 409
    assert "撤回的条目申请恢复" in two.get("/console/").text
    assert two.post(f"{path}/restore", **TOKEN).status_code == 302
    assert live.live().serving().entry(BELT) is not None
    with desk.services.database.reading() as session:
        (row,) = session.scalars(select(Withdrawal))
        assert (row.open_for, row.restored_by) == (None, desk.staff("fu").id)
        assert session.scalars(select(Correction)).all() == []


# -- figures ------------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_proposal_is_measured_against_what_is_served(desk, shelf, monkeypatch):
    cases = [case for case in evaluating.load_cases() if case.entries == (BELT,) or not case.entries][:12]
    monkeypatch.setattr(evaluating, "load_cases", lambda: cases)
    browser = desk.signed_in("chen", "expert")
    writer = shelf.draft("", kind="hide")
    with desk.services.database.begin() as session:
        session.get_one(EntryVersion, writer.id).kind = "text"
        session.get_one(EntryVersion, writer.id).body = changed(
            question="钓鱼要不要看天气", phrasings=["一一", "二二", "三三", "四四", "五五"]
        )
    assert "请人复核时会自动算" in browser.get(f"/console/knowledge/v/{writer.id}").text
    act(browser, writer, "propose")
    assert "正在算" in browser.get(f"/console/knowledge/v/{writer.id}").text
    assert evaluating.run_asked(desk.services) == 1
    page = browser.get(f"/console/knowledge/v/{writer.id}").text
    assert "发布后才出错的题" in page or "没有因此出错的题" in page
    assert "直接答对" in page


@ON_SQLITE
def test_the_evaluation_page(desk, monkeypatch):
    cases = evaluating.load_cases()[:15]
    monkeypatch.setattr(evaluating, "load_cases", lambda: cases)
    browser, leader = desk.signed_in("chen", "expert"), desk.signed_in("leader", "leader")
    assert "还没有算过" in leader.get("/console/knowledge/evaluation").text
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    assert "正在算" in leader.get("/console/knowledge/evaluation").text
    assert evaluating.run_asked(desk.services) == 1
    page = leader.get("/console/knowledge/evaluation").text
    assert "没过的题" in page and "99题在" in page
    with desk.services.database.reading() as session:
        (run,) = session.scalars(select(EvaluationRun))
        assert run.state == "done" and len(run.fingerprint) == 64
