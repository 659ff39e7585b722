"""The line events as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "subscriptions.line_opened": Text("开通号码 {number}", "Line {number} opened"),
    "subscriptions.line_state_changed": Text(
        "号码 {number} 状态由 {from_state} 变为 {to_state}（{reason}）",
        "Line {number} went from {from_state} to {to_state} ({reason})",
    ),
    "subscriptions.line_closed": Text("号码 {number} 销户", "Line {number} closed"),
    "subscriptions.number_changed": Text(
        "改号：{old_number} → {new_number}", "Number changed: {old_number} → {new_number}"
    ),
    "subscriptions.number_reserved": Text("预占号码 {number}", "Number {number} reserved"),
    "subscriptions.product_started": Text(
        "产品 {plan_id} 第 {version} 版生效", "{plan_id} version {version} started"
    ),
    "subscriptions.product_ended": Text(
        "产品 {plan_id} 第 {version} 版终止", "{plan_id} version {version} ended"
    ),
    "subscriptions.product_cancelled": Text(
        "撤销未生效的产品 {plan_id}", "{plan_id} was taken back before it began"
    ),
    "subscriptions.family_numbers_set": Text(
        "设置亲情号码 {count} 个", "{count} family numbers set"
    ),
    "subscriptions.feature_switched": Text("功能开关：{feature}", "Feature switched: {feature}"),
    "subscriptions.user_changed": Text("变更使用人", "User of the line changed"),
    "subscriptions.payer_changed": Text("变更付费账户", "Paying account changed"),
}
