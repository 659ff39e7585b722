"""What this room keeps of people, and for how long."""

from yizhan.kernel.text import Text
from yizhan.platform.keeping import Aged, Ended, deleting, of_customer

AGED: tuple[Aged, ...] = (
    Aged(
        name="customers.read_audit",
        title=Text("个人信息查阅记录", "Who looked at personal data"),
        why=Text("查阅个人信息须留痕，可供追溯", "looks at personal data can be traced"),
        months=36,
        least=6,
        let_go=deleting("read_audit", "at"),
    ),
)

ENDED: tuple[Ended, ...] = (
    Ended(
        name="customers.documents",
        title=Text("证件", "Identity documents"),
        let_go=of_customer("DELETE FROM identity_document WHERE customer_id = $1"),
    ),
    Ended(
        name="customers.person",
        title=Text(
            "姓名、联系方式、属性、授权与检索", "Name, contact points, attributes, consents"
        ),
        let_go=of_customer(
            "DELETE FROM contact_point WHERE customer_id = $1",
            "DELETE FROM customer_attribute WHERE customer_id = $1",
            "DELETE FROM consent WHERE customer_id = $1",
            "DELETE FROM search_key WHERE customer_id = $1",
            "DELETE FROM external_key WHERE customer_id = $1",
            "UPDATE party SET name = '—', gender = NULL, birth_date = NULL WHERE customer_id = $1",
            "UPDATE account SET name = '' WHERE customer_id = $1",
            "UPDATE customer SET status = 'closed' WHERE id = $1",
        ),
    ),
)
