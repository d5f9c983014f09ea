"""One question or two, on pairs of our own."""

from __future__ import annotations

import pytest

from handlers.consult.experts.sameness import essence, grouped, nearest, same

SAME = [
    ("台风天塔吊能不能开", "请问台风天塔吊可以开吗"),
    ("台风天塔吊能不能开", "台风天，塔吊能开吗？谢谢"),
    ("高处作业要系安全带吗", "高处作业是不是必须系安全带"),
    ("6月16日咨询活动在哪里", "6月16日的咨询活动在哪儿呀"),
    ("6月16日咨询活动在哪里", "您好，请问6月16日咨询活动地点"),
    ("老板不发安全帽怎么办", "老板不给发安全帽怎么处理"),
    ("老板不发安全帽怎么办", "老闆不發安全帽怎麼辦"),
    ("脚手架多高要论证", "脚手架多高才要论证啊"),
    ("电动车能在楼道充电吗", "电瓶车可不可以在楼道充电"),
    ("煤气罐漏气怎么办", "煤气罐漏气了，怎么办，急急急"),
    ("基坑塌了找谁", "基坑塌了该找谁"),
    ("没有焊工证能不能焊", "没焊工证可以焊吗"),
    ("配电箱要不要上锁", "配电箱需要上锁吗"),
    ("中暑了怎么急救", "请问中暑怎么急救"),
    ("安全员证几年一次复审", "安全员证多久一次复审"),
    ("吊篮能坐几个人", "吊篮能坐几个人呢"),
    ("工人没做三级教育能上岗吗", "工人没有做三级教育可以上岗不"),
    ("女职工能上高处吗", "女职工可不可以上高处"),
    ("两米以上要系安全带吗", "2米以上要系安全带吗"),
    ("动火要办什么手续", "动火需要办什么手续啊"),
    ("灭火器过期了还能用吗", "灭火器过期还能用不"),
    ("工地可以住人吗", "工地能不能住人"),
    ("谁负责验收脚手架", "脚手架谁负责验收"),
    ("台风来了要停工吗", "台风来了，要不要停工"),
    ("塔吊司机要什么证", "塔吊司机需要什么证"),
]

DIFFERENT = [
    ("台风天塔吊能不能开", "台风天吊篮能不能开"),
    ("台风天塔吊能不能开", "台风天施工电梯能不能开"),
    ("五级风能不能吊装", "六级风能不能吊装"),
    ("2米以上要系安全带吗", "3米以上要系安全带吗"),
    ("不系安全带能上去吗", "系安全带能上去吗"),
    ("没有证能开塔吊吗", "有证能开塔吊吗"),
    ("脚手架多高要论证", "基坑多深要论证"),
    ("脚手架多高要论证", "脚手架谁来论证"),
    ("脚手架验收找谁", "脚手架验收要什么"),
    ("咨询活动在哪里", "咨询活动什么时候"),
    ("安全帽谁发", "安全带谁发"),
    ("悬挑脚手架要论证吗", "脚手架要论证吗"),
    ("女职工能上高处吗", "未成年工能上高处吗"),
    ("煤气罐漏气怎么办", "煤气罐着火怎么办"),
    ("工伤认定要多久", "工伤鉴定要多久"),
    ("老板不发安全帽怎么办", "老板不发工资怎么办"),
    ("配电箱要不要上锁", "配电箱要不要接地"),
    ("一级箱到二级箱多远", "二级箱到三级箱多远"),
    ("甲方能不能罚施工单位", "施工单位能不能罚甲方"),
    ("吊篮能坐几个人", "吊篮能坐多久"),
    ("灭火器多久检查", "灭火器多久换药"),
    ("高温停工几度", "高温补贴几度"),
    ("塔吊司机要什么证", "信号工要什么证"),
    ("基坑塌了找谁", "基坑塌了为什么"),
    ("电动车能在楼道充电吗", "电动车能在车库充电吗"),
    ("木管漏水", "水管漏水"),
    ("你好", "您好"),
    ("怎么办", "怎么办呢"),
    ("安全", "安全吗"),
    ("", ""),
    ("？？？", "!!!"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_question(one, other):
    assert same(essence(one), essence(other)) and same(essence(other), essence(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_questions(one, other):
    assert not same(essence(one), essence(other))


def test_fifty_who_ask_the_same_are_one_group():
    heads = ["", "请问", "您好，", "想问一下，", "老师，", "急急急，", "麻烦问下", "专家您好，", "打听一下，", "在吗，"]
    ways = [
        "台风天塔吊能不能开",
        "台风天塔吊可以开吗",
        "台风天塔吊能开吗？谢谢",
        "台风天，塔吊还能不能开",
        "台風天塔吊能開嗎",
    ]
    asked = {f"q{n}": essence(head + way) for n, (head, way) in enumerate((h, w) for h in heads for w in ways)}
    asked |= {"other": essence("台风天吊篮能不能开"), "more": essence("脚手架多高要论证")}
    groups = grouped(asked)
    assert len(groups[0]) == 50 and groups[1:] == [["other"], ["more"]]


def test_the_likest_of_the_same_is_chosen():
    among = [
        ("far", essence("大雨台风天塔吊能不能开")),
        ("near", essence("台风天塔吊能不能开")),
        ("no", essence("吊篮")),
    ]
    assert nearest(essence("请问台风天塔吊能开吗"), among) == "near"
    assert nearest(essence("脚手架多高"), among) is None


def test_five_hundred_that_only_look_alike_stay_apart():
    asked = {n: essence(f"{name}第{n % 7}层{what}要不要检查") for n, (name, what) in enumerate(
        (a + b, c) for a in "钢木竹铝石砖瓦砂水电" for b in "管板架梁柱墙门窗桩箱" for c in ("裂缝", "漏水", "松动", "生锈", "变形")
    )}  # fmt: skip
    assert len(grouped(asked)) == len(asked) == 500
