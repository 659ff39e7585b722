"""What the events of this room read like."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "staff.user_created": Text("新建用户 {login}", "User {login} was created"),
    "staff.user_changed": Text("修改了用户 {login}", "User {login} was changed"),
    "staff.user_disabled": Text("停用了用户 {login}", "User {login} was disabled"),
    "staff.user_enabled": Text("恢复了用户 {login}", "User {login} was enabled again"),
    "staff.password_changed": Text("{login} 的密码已修改", "The password of {login} was changed"),
    "staff.second_factor_changed": Text(
        "{login} 的动态验证码设置已变更", "One-time codes of {login} were changed"
    ),
    "staff.signed_in": Text("{login} 登录", "{login} signed in"),
    "staff.sign_in_refused": Text("登录被拒绝", "A sign-in was refused"),
    "staff.signed_out": Text("{login} 退出登录", "{login} was signed out"),
    "staff.role_changed": Text(
        "修改了角色 {role} 的权限", "The rights of role {role} were changed"
    ),
    "staff.client_created": Text(
        "新建接口客户端 {client_name}", "API client {client_name} was created"
    ),
    "staff.client_disabled": Text(
        "停用接口客户端 {client_name}", "API client {client_name} was disabled"
    ),
}
