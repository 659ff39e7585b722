"""The club in words, for the timeline."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

TIERS: Mapping[str, Text] = {
    "none": Text(zh="普通", en="standard"),
    "silver": Text(zh="银卡", en="silver"),
    "gold": Text(zh="金卡", en="gold"),
    "diamond": Text(zh="钻石", en="diamond"),
}
ORIGINS: Mapping[str, Text] = {
    "rule": Text(zh="按规则", en="by rule"),
    "hand": Text(zh="人工设定", en="by hand"),
    "import": Text(zh="导入", en="imported"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {"before": TIERS, "after": TIERS, "origin": ORIGINS}
WORDS: Mapping[str, Text] = {
    "club.tier_changed": Text(
        zh="俱乐部等级由{before}变为{after}（{origin}），近月平均 {mean_fen} 元",
        en="Club tier from {before} to {after} ({origin}), {mean_fen} yuan a month on average",
    ),
    "club.manager_set": Text(zh="客户经理：{manager_name}", en="Account manager: {manager_name}"),
    "club.points_earned": Text(
        zh="{bills} 张已缴账单获得 {points} 积分", en="{points} points for {bills} paid bills"
    ),
    "club.points_taken_back": Text(
        zh="付款已冲正，收回 {bills} 张账单的 {points} 积分（尚欠 {owed_points} 积分）",
        en="{points} points of {bills} bills taken back with the payment"
        " ({owed_points} points still owed)",
    ),
    "club.points_expired": Text(zh="{points} 积分到期清零", en="{points} points expired"),
    "club.reward_taken": Text(
        zh="{points} 积分兑换 {credit_fen} 元话费",
        en="{points} points for {credit_fen} yuan of credit",
    ),
    "club.rule_published": Text(
        zh="俱乐部规则第 {version} 版：{note}", en="Version {version} of the club's rule: {note}"
    ),
    "club.run_started": Text(zh="{month} 俱乐部评级开始", en="Club run of {month} started"),
    "club.run_finished": Text(
        zh="{month} 俱乐部评级完成：{looked_at} 位客户，{changed} 位等级变化，{points} 积分",
        en="Club run of {month}: {looked_at} customers, {changed} tiers changed, {points} points",
    ),
}
