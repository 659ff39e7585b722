"""What this room keeps of people, and for how long."""

from yizhan.kernel.text import Text
from yizhan.platform.keeping import Ended, of_customer

ENDED: tuple[Ended, ...] = (
    Ended(
        name="cases.words",
        title=Text("工单文字", "What cases say"),
        let_go=of_customer(
            "UPDATE care_case SET subject = '—', description = '—', answer = CASE WHEN answer"
            " IS NULL THEN NULL ELSE '—' END WHERE customer_id = $1",
            "DELETE FROM case_note WHERE customer_id = $1",
        ),
    ),
)
