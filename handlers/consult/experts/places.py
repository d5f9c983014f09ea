"""What kind of place a question is about, as far as its words tell; for who answers."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(words.split())
    for kind, words in {
        "建筑工地": "工地 脚手架 塔吊 基坑 吊篮 施工 模板 项目部 班组 外架 钢筋 混凝土 总包 监理",
        "住处": "家里 出租屋 楼道 小区 楼上 楼下 厨房 卧室 阳台 房东 租房 自建房",
        "厂房仓库": "厂里 厂房 车间 仓库 叉车",
        "学校医院": "学校 幼儿园 宿舍楼 医院 养老院",
        "店铺公共场所": "店里 餐馆 饭店 商场 酒店 网吧 超市 市场",
        "路上或野外": "路上 马路 海边 河边 山上 车上 桥上",
    }.items()
}
UNKNOWN = "看不出是哪里"


def kind_of(text: str) -> str:
    """The kind of place that most of the words speak for."""
    counts = {kind: sum(word in text for word in words) for kind, words in KINDS.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] else UNKNOWN
