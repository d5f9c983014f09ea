"""What waits for the office and what goes at once, on sentences of our own: (question, answer)."""

from __future__ import annotations

import time

import pytest

from handlers.consult.experts.release import CAUSE, COMPENSATION, NAMED, PENALTY, reason_words, reasons

PLAIN_Q, PLAIN_A = "护栏要多高才行", "临边护栏高度不低于1.2米，上下两道横杆，底部设挡脚板。"

WAITS = [
    # a certain firm or project, in the question or in the answer
    ("在宏远公司干活，塔吊没验收能用吗", PLAIN_A, NAMED),
    ("海口湾壹号项目的脚手架没有挂网怎么办", PLAIN_A, NAMED),
    ("三亚凤凰岛那个酒店在装修，消防通道堵了", PLAIN_A, NAMED),
    ("碧桂园的房子外墙砖老掉，找谁", PLAIN_A, NAMED),
    ("我在中建八局的工地，不发安全帽", PLAIN_A, NAMED),
    ("澄迈老城有个厂夜里偷偷焊油罐合规吗", PLAIN_A, NAMED),
    ("“金色家园”小区电梯老卡人怎么办", PLAIN_A, NAMED),
    ("海南恒信建筑工程有限公司的升降机超载算违规吗", PLAIN_A, NAMED),
    ("被顺达公司派来的，没做三级教育能上岗吗", PLAIN_A, NAMED),
    ("文昌市人民医院旁边基坑渗水危险吗", PLAIN_A, NAMED),
    ("星河湾项目二标段的电箱没锁", PLAIN_A, NAMED),
    (PLAIN_Q, "这种情况海垦集团以前也有过，护栏不到1.2米就停工。", NAMED),
    (PLAIN_Q, "你说的应该是和润广场，那边护栏已经整改了。", NAMED),
    (PLAIN_Q, "据了解是由天成公司负责的，护栏高度不低于1.2米。", NAMED),
    ("儋州那個安置房項目圍擋倒了誰管", PLAIN_A, NAMED),
    ("葛洲坝的隧道里没有通风能进吗", PLAIN_A, NAMED),
    # the cause of an accident, whose fault it is
    ("前几天那个塔吊为什么会倒了", PLAIN_A, CAUSE),
    ("昨天楼下起火是怎么回事，谁的责任", PLAIN_A, CAUSE),
    ("这次坍塌的原因是什么", PLAIN_A, CAUSE),
    ("新闻里说工地死了人，到底怎么搞的", PLAIN_A, CAUSE),
    ("那起爆炸责任认定出来没有", PLAIN_A, CAUSE),
    ("工友摔下来是监理有主要责任吗", PLAIN_A, CAUSE),
    ("事故调查报告什么时候公布", PLAIN_A, CAUSE),
    ("上个月架子塌了为啥没人说", PLAIN_A, CAUSE),
    ("怎么突然就塌了", PLAIN_A, CAUSE),
    (PLAIN_Q, "那次就是因为没打连墙件造成的坍塌。", CAUSE),
    (PLAIN_Q, "事故的直接原因是护栏被人拆掉。", CAUSE),
    (PLAIN_Q, "应该是焊渣引燃保温板导致的这起火灾。", CAUSE),
    (PLAIN_Q, "总包单位负主要责任，分包负次要责任。", CAUSE),
    ("出了事施工单位是不是要负全责", PLAIN_A, CAUSE),
    ("怎么会触电死的", PLAIN_A, CAUSE),
    # penalties
    ("不戴安全帽罚多少钱", PLAIN_A, PENALTY),
    ("没有安全员会被处罚吗", PLAIN_A, PENALTY),
    ("特种作业没证上岗怎么罚", PLAIN_A, PENALTY),
    ("工地死人老板要坐牢吗", PLAIN_A, PENALTY),
    ("瞒报事故判几年", PLAIN_A, PENALTY),
    ("安全生产许可证会不会被吊销", PLAIN_A, PENALTY),
    ("项目经理会被追究刑事责任吗", PLAIN_A, PENALTY),
    ("被列入黑名单多久能出来", PLAIN_A, PENALTY),
    ("安全考核扣分影响考证吗", PLAIN_A, PENALTY),
    ("班组长把我工资罚了五百合法吗", PLAIN_A, PENALTY),
    (PLAIN_Q, "护栏不到位，可以责令改正，处五万元以下罚款。", PENALTY),
    (PLAIN_Q, "拒不整改的责令停产停业整顿。", PENALTY),
    (PLAIN_Q, "情节严重的并处主要负责人一万元以上。", PENALTY),
    (PLAIN_Q, "护栏缺失会被通报批评。", PENALTY),
    (PLAIN_Q, "构成犯罪的依法处理。", PENALTY),
    (PLAIN_Q, "要 罚 款 的，先整改。", PENALTY),
    ("包工頭讓無證的人開塔吊會不會被抓起來", PLAIN_A, PENALTY),
    # compensation
    ("工地摔断腿能赔多少", PLAIN_A, COMPENSATION),
    ("工伤没买保险谁赔", PLAIN_A, COMPENSATION),
    ("工亡的抚恤金怎么算", PLAIN_A, COMPENSATION),
    ("十级伤残补助金是几个月工资", PLAIN_A, COMPENSATION),
    ("老板想私了，要签字吗", PLAIN_A, COMPENSATION),
    ("住院医药费谁出", PLAIN_A, COMPENSATION),
    ("停工留薪期工资照发吗", PLAIN_A, COMPENSATION),
    ("外墙掉砖砸了车找谁赔偿", PLAIN_A, COMPENSATION),
    ("误工费一天多少", PLAIN_A, COMPENSATION),
    ("合同没到期赶人走给不给经济补偿", PLAIN_A, COMPENSATION),
    (PLAIN_Q, "因护栏不合格受伤的，可以要求单位赔付医疗费。", COMPENSATION),
    (PLAIN_Q, "可以向保险公司理赔。", COMPENSATION),
    (PLAIN_Q, "建议先做工伤认定，再谈一次性补助。", COMPENSATION),
    (PLAIN_Q, "住院费由单位垫付。", COMPENSATION),
    ("樓上施工震裂我家的牆怎麼賠", PLAIN_A, COMPENSATION),
]

GOES = [
    (PLAIN_Q, PLAIN_A),
    ("塔吊六级风能不能继续干", "不能。风速到六级停止作业，塔吊回转要能自由转动，人撤到地面。"),
    ("我们公司不发安全帽怎么办", "劳动防护用品由单位免费发。先跟班组长说，不解决打12350。"),
    ("施工单位要不要配专职安全员", "要配。建筑施工单位应当设置安全生产管理机构或配专职安全管理人员。"),
    ("这个项目的脚手架谁验收", "由项目技术负责人组织，搭设、使用、监理各方参加，验收合格挂牌后再用。"),
    ("隔壁工地晚上施工太吵找谁", "可以打12345，由城管或住建部门处理。"),
    ("物业公司把消防通道锁了能打哪个电话", "打96119或12345。"),
    ("劳务公司没做三级教育能上岗吗", "不能。要先做公司、项目、班组三级安全教育，考核合格再上岗。"),
    ("燃气公司多久来检查一次", "一般每年至少上门安检一次，您也可以主动约。"),
    ("总包公司和分包公司谁管现场安全", "总承包单位对现场安全负总责，分包单位服从管理。"),
    ("基坑开挖要不要专家论证", "深度5米及以上的要组织专家论证。"),
    ("楼板多厚才能上人施工", "混凝土强度达到1.2兆帕前不得上人。"),
    ("配电箱离开关箱多远合适", "分配电箱与开关箱不超过30米。"),
    ("脚手架为什么要设连墙件", "连墙件把架体和楼连在一起，防止往外倒。"),
    ("怎么防止塔吊倒塌", "基础按方案做，附着及时装，超载停用，大风停工。"),
    ("脚手架倒塌一般有哪些征兆", "立杆下沉、弯曲，扣件松脱，有响声，要马上撤人。"),
    ("发现事故要向谁报告", "马上向现场负责人报告，单位负责人一小时内向应急和住建部门报告。"),
    ("事故现场能不能动", "为了抢救可以动，动之前做标记、拍照，其余保护好。"),
    ("着火了先跑还是先打119", "先撤到安全的地方，马上打119。"),
    ("有人触电怎么救", "先断电或用干木棍挑开电线，没有呼吸就做心肺复苏，打120。"),
    ("中暑了怎么办", "移到阴凉处，解开衣服，喝淡盐水，严重的打120。"),
    ("电动车能在楼道充电吗", "不能，楼道、门厅都不能停放和充电。"),
    ("安全带多久要报废", "按说明书和检验结果，织带磨损、断丝立即更换。"),
    ("临时用电谁能接线", "持证电工才能接，其他人不许碰。"),
    ("高温天几点到几点停工", "日最高气温40度以上停止室外作业，37到40度室外作业不超过6小时。"),
    ("台风来之前工地要做什么", "停止高处作业，塔吊放松回转制动，板房加固，人员转移。"),
    ("有限空间能不能一个人下去", "不能。先通风、再检测、后作业，上面要有人监护。"),
    ("动火作业要办什么证", "焊工要有特种作业证，动火前办动火审批，配灭火器和看火人。"),
    ("吊篮能坐几个人", "一般不超过2人，每人一根独立安全绳。"),
    ("施工电梯限载多少", "看铭牌，不超载、不超员。"),
    ("模板支架拆除有什么要求", "混凝土强度达到要求、有拆模令，后支先拆。"),
    ("工地宿舍能用大功率电器吗", "不能，宿舍用36伏以下低压照明，集中充电。"),
    ("安全帽有没有保质期", "塑料的一般不超过两年半，出厂日期在帽檐里。"),
    ("女职工能不能上高处作业", "怀孕和哺乳期的不能安排高处作业。"),
    ("危大工程专项方案谁编", "由施工单位组织编制，技术负责人审核签字。"),
    ("监理发现隐患不处理找谁", "可以向建设单位或住建部门反映，也可以打12350。"),
    ("开发商没有施工许可证能开工吗", "不能，取得施工许可证后才能开工。"),
    ("保险公司来工地检查要配合吗", "可以配合，检查不影响单位自己的安全责任。"),
    ("学校旁边工地围挡多高", "一般路段不低于1.8米，主要路段不低于2.5米。"),
    ("住宅小区装修能砸承重墙吗", "不能，承重墙、梁、柱都不许动。"),
    ("老旧小区加装电梯施工安全谁负责", "施工单位负责现场安全，业主和街道可以监督。"),
    ("塔吊司机要什么证", "要建筑起重机械司机特种作业操作资格证。"),
    ("无功补偿柜能自己开吗", "不能，由持证电工停电验电后操作。"),
    ("管道补偿器漏水怎么办", "先关阀门，联系维修单位。"),
    ("消防罐车取水口能停车吗", "不能停，要留出消防通道。"),
    ("钢筋加工区要搭防护棚吗", "在塔吊覆盖范围内的要搭双层防护棚。"),
    ("汽车吊支腿要垫什么", "垫枕木或钢板，地面要夯实。"),
    ("深基坑多久监测一次", "按监测方案，雨后和变形大时加密。"),
    ("班前会要讲哪些内容", "讲当天的活、危险在哪、怎么防、穿戴什么。"),
    ("安全员一个工地要几个", "建筑工程1万平方米以下不少于1人，1万到5万不少于2人。"),
    ("新工人培训要多少学时", "施工单位新上岗的三级教育不少于24学时。"),
    ("特种作业证几年复审", "一般每两年复核一次，住建类每两年延期。"),
    ("下雨天能不能绑钢筋", "大雨、雷电时停，雨后检查架体再干。"),
    ("洞口怎么盖才安全", "小洞用盖板固定，大洞四周设护栏、下挂安全网。"),
    ("氧气瓶和乙炔瓶隔多远", "两瓶间不少于5米，离明火不少于10米。"),
    ("手持电动工具漏电怎么查", "用前看外壳和线，接漏电保护，由电工测绝缘。"),
    ("煤气罐能放在卧室吗", "不能，放在通风的厨房，远离火源。"),
    ("逃生时能坐电梯吗", "不能，走疏散楼梯，低姿捂口鼻。"),
    ("公司要不要给外包的人发劳保鞋", "谁用工谁负责，现场要统一配。"),
    ("在工地看到有人没系安全带怎么提醒", "先让他停下，再告诉班组长或安全员。"),
    ("和甲方签的安全协议要写什么", "写清各自的安全职责、现场协调和应急安排。"),
    ("给施工单位提建议找谁", "可以找项目安全员，或在公众号里说。"),
    ("我想学急救去哪里报名", "可以问当地红十字会。"),
    ("安全生产月有什么活动", "6月16日有咨询日活动，可以到现场问专家。"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "reason"), WAITS)
def test_it_waits_for_the_office(question, answer, reason):
    assert reason in reasons(question, answer)


@pytest.mark.parametrize(("question", "answer"), GOES)
def test_it_goes_at_once(question, answer):
    assert reasons(question, answer) == ()


@pytest.mark.parametrize("unseen", ["\ufe0f", "\u3164", "\u200b", "\x01", "\U000e0061", "\u0301"])
def test_what_nobody_sees_hides_nothing(unseen):
    for words in ("宏达建筑有限公司的塔吊别上。", "罚款五万元。", "打13907551234。"):
        pieces = unseen.join(words)
        assert reasons("塔吊", pieces) == reasons("塔吊", words) != ()
        assert reasons(pieces, "别上。") == reasons(words, "别上。")


def test_there_are_enough_of_both():
    assert len(WAITS) >= 60 and len(GOES) >= 60


def test_reasons_are_said_in_one_order():
    found = reasons("恒大公司罚款和赔偿怎么算", "事故的直接原因还没查清")
    assert found == (NAMED, CAUSE, PENALTY, COMPENSATION)
    assert reason_words(found) == "点到具体企业或项目、说到事故原因或责任、说到处罚、说到赔偿"
    assert reason_words(("nonsense",)) == ""


@pytest.mark.parametrize("text", ["在" * 500, "是因为" * 166, "昨天" * 250, "公司" * 250, "“" * 500, "a" * 500])
def test_no_text_takes_long(text):
    began = time.perf_counter()
    reasons(text, text)
    assert time.perf_counter() - began < 0.2
