"""What this room keeps of people, and for how long."""

from yizhan.kernel.text import Text
from yizhan.platform.keeping import Aged, Ended, deleting, of_customer

AGED: tuple[Aged, ...] = (
    Aged(
        name="contacts.notes",
        title=Text("接触备注与来电号码", "Notes of contacts, numbers called from"),
        why=Text("投诉申诉时效为两年", "a complaint may be brought for two years"),
        months=24,
        least=5,
        let_go=deleting(
            "contact",
            "began_at",
            also="(note <> '' OR number_from IS NOT NULL)",
            blank="note = '', number_from = NULL",
        ),
    ),
    Aged(
        name="contacts.verification",
        title=Text("身份核验尝试", "Tries to prove who one is"),
        why=Text("用于查明冒用", "to look into impostors"),
        months=12,
        least=1,
        let_go=deleting("verification_try", "at"),
    ),
)

ENDED: tuple[Ended, ...] = (
    Ended(
        name="contacts.all",
        title=Text("服务密码与接触内容", "Service password and what contacts say"),
        let_go=of_customer(
            "DELETE FROM service_password WHERE customer_id = $1",
            "DELETE FROM verification_try WHERE customer_id = $1",
            "UPDATE contact SET note = '', number_from = NULL, number_dialled = NULL"
            " WHERE customer_id = $1",
        ),
    ),
)
