"""What does not add up, money or network, becomes a case, by itself and once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain import checkout, knowledge, provisioning
from yizhan.domain.cases import service
from yizhan.domain.cases.terms import Link, LinkKind
from yizhan.kernel.money import yuan
from yizhan.platform import events
from yizhan.platform.work import UnitOfWork

RECONCILIATION = "order.reconciliation"
NOT_CREDITED = "order.payment_missing"
_CLASS_OF_ACTION = {
    "line.activate": "order.open",
    "line.deactivate": "order.open",
    "line.bar": "order.suspend_resume",
    "line.bar_outgoing": "order.suspend_resume",
    "line.unbar": "order.suspend_resume",
    "line.renumber": "order.open",
    "line.change_sim": "fault.card",
}


async def open_for_difference(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A difference between our books and a provider's settlement file."""
    told = await events.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    said = told.payload
    words = checkout.DIFFERENCES[said["kind"]]
    difference_id = UUID(said["difference_id"])
    case = await service.open_case(
        work,
        customer_id=told.customer_id,
        class_code=RECONCILIATION,
        subject=f"对账差异 Settlement {said['day']}: {words.zh} · {words.en}"[:200],
        description=(
            f"{said['reference']}\n我方 ours: {_money(said['ours_fen'])}\n"
            f"对方 theirs: {_money(said['theirs_fen'])}"
        ),
        links=[Link(kind=LinkKind.PAYMENT, ref_id=difference_id, label=said["reference"])],
        source="monitor",
        key=f"difference:{difference_id}",
    )
    await checkout.note_case(
        work, told.customer_id, difference_id, case_id=case.id, number=case.number
    )


async def open_for_payment(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """Money that arrived and could not be credited, or in another amount than asked for."""
    told = await events.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    said = told.payload
    intent_id = UUID(said["intent_id"])
    about = said.get("reason") or (
        f"对方称 the provider says {_money(said['said_fen'])}"
        if "said_fen" in said
        else "对方已撤回，余额不足 taken back by the provider, the account no longer has it"
    )
    await service.open_case(
        work,
        customer_id=told.customer_id,
        class_code=NOT_CREDITED,
        subject=f"在线缴费未入账 Online payment of {_money(said['amount_fen'])} not credited",
        description=about,
        links=[Link(kind=LinkKind.PAYMENT, ref_id=intent_id, label=intent_id.hex)],
        source="monitor",
        key=f"{told.name}:{intent_id}",
    )


async def open_for_loss(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A payment the provider took back after the money was used: the loss is ours until paid."""
    told = await events.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    if not told.payload["covered"]:
        await open_for_payment(work, args)


async def open_for_network(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A request to the network that was given up, or could not be taken back: a person must look,
    for nobody knows what the network did."""
    told = await events.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    said = told.payload
    refused = told.name == provisioning.NetworkRefused.name
    if refused and (said["undoes"] is None or said["code"] == "given_up"):
        return
    what = provisioning.words_of(said["action"], said["number"])
    await service.open_case(
        work,
        customer_id=told.customer_id,
        class_code=_CLASS_OF_ACTION.get(said["action"], "order.add_on"),
        subject=f"网络未执行 The network did not: {what.zh} · {what.en}"[:200],
        description=said["why"],
        links=[Link(kind=LinkKind.LINE, ref_id=UUID(said["line_id"]), label=said["number"])],
        source="monitor",
        key=f"network:{said['request_id']}",
    )


def _money(fen: int | None) -> str:
    return "–" if fen is None else f"{yuan(fen)} 元 yuan"


async def open_for_knowledge(work: UnitOfWork, args: Mapping[str, Any]) -> None:
    """A question nothing was found for: somebody writes the article."""
    told = await events.get(work.db, UUID(args["event_id"]), UUID(args["customer_id"]))
    question = told.payload["question"]
    await service.open_case(
        work,
        customer_id=told.customer_id,
        class_code="consultation.knowledge",
        subject=f"知识缺失 Missing answer: {question}"[:200],
        description=question,
        source="monitor",
        key=f"knowledge:{told.payload['question_id']}",
    )


REACTIONS = {
    checkout.DifferenceFound.name: (open_for_difference,),
    checkout.PaymentHeld.name: (open_for_payment,),
    checkout.PaymentDisputed.name: (open_for_payment,),
    checkout.PaymentTakenBack.name: (open_for_loss,),
    provisioning.NetworkGivenUp.name: (open_for_network,),
    provisioning.NetworkRefused.name: (open_for_network,),
    knowledge.AnswerMissing.name: (open_for_knowledge,),
}
