"""What a line has: its plan and add-ons, its family numbers, its features, all over time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from yizhan.domain.subscriptions import events, flow, model, permissions, queries, store
from yizhan.domain.subscriptions.flow import State
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork


async def lock_open(work: UnitOfWork, line_id: UUID) -> model.Line:
    """The line, held; a closed one is refused."""
    line = await store.lock(work, line_id)
    if line.base_state is State.CLOSED:
        raise flow.LineRefused(
            "This line is closed; a closed line does not come back. Open a new one."
        )
    return line


async def start_product(
    work: UnitOfWork,
    line_id: UUID,
    *,
    kind: model.ProductKind,
    plan_id: str,
    version: int,
    start: datetime | None = None,
    end: datetime | None = None,
    term_until: date | None = None,
    order_id: UUID | None = None,
) -> model.Product:
    """A plan or add-on from *start* (default now). A plan ends the one before at that moment.

    Whether the catalogue sells it to this customer is the order's question, not this one's.
    Raises `ProductRefused`, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    begin = start or work.now
    current = await store.products_ending_after(work, line, begin)
    plans = [product for product in current if product.kind is model.ProductKind.PLAN]
    model.check_start(plans, kind, begin, end)
    if kind is model.ProductKind.PLAN:
        for plan in plans:
            await stop_product(work, line, plan, begin)
    product = model.Product(
        customer_id=line.customer_id,
        id=new_id(),
        line_id=line.id,
        kind=kind,
        plan_id=plan_id,
        version=version,
        valid_from=begin,
        valid_to=end,
        term_until=term_until,
        order_id=order_id,
    )
    await store.add_product(work, product)
    work.record(
        events.ProductStarted(
            customer_id=line.customer_id,
            line_id=line.id,
            product_id=product.id,
            kind=kind.value,
            plan_id=plan_id,
            version=version,
            valid_from=begin,
            valid_to=end,
        )
    )
    return product


async def end_product(work: UnitOfWork, product_id: UUID, *, at: datetime | None = None) -> None:
    """End a product at a moment (default now); one that has not begun by then is taken back.

    A plan that is taken back lets the one it was to replace go on. Raises `ProductRefused` for a
    plan in force: another plan ends it, or the line is closed.
    """
    work.actor.require(permissions.PLACE)
    product = await queries.get_product(work, product_id)
    line = await lock_open(work, product.line_id)
    product = await queries.get_product(work, product_id)
    moment = at or work.now
    if product.valid_to is not None and product.valid_to <= moment:
        raise model.ProductRefused("This product has ended already.")
    if product.kind is model.ProductKind.PLAN and product.valid_from < moment:
        raise model.ProductRefused(
            "A line always has a plan. Change to another plan, or close the line."
        )
    if product.kind is model.ProductKind.PLAN:
        before = await store.find_plan_ending_at(work, line, product.valid_from)
        if before is None:
            raise model.ProductRefused(
                "A line always has a plan. Change to another plan, or close the line."
            )
        await stop_product(work, line, product, moment)
        await store.end_product(work, before, None)
        return
    await stop_product(work, line, product, moment)


async def stop_product(
    work: UnitOfWork, line: model.Line, product: model.Product, moment: datetime
) -> None:
    """End a product at *moment*, or take it back when it has not begun by then."""
    if product.valid_from >= moment:
        await store.delete_product(work, product)
        work.record(
            events.ProductCancelled(
                customer_id=line.customer_id,
                line_id=line.id,
                product_id=product.id,
                kind=product.kind.value,
                plan_id=product.plan_id,
                version=product.version,
            )
        )
        return
    await store.end_product(work, product, moment)
    work.record(
        events.ProductEnded(
            customer_id=line.customer_id,
            line_id=line.id,
            product_id=product.id,
            kind=product.kind.value,
            plan_id=product.plan_id,
            version=product.version,
            valid_to=moment,
        )
    )


async def set_family_numbers(
    work: UnitOfWork, line_id: UUID, numbers: Sequence[str], *, start: datetime | None = None
) -> Sequence[str]:
    """Exactly these family numbers, by rank, from *start* (default now). Empty: none.

    How many the plan allows is the order's question. Raises `Invalid`, `Forbidden`.
    """
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    cleaned = model.clean_family_numbers(numbers, own=line.number)
    begin = start or work.now
    await store.replace_family_numbers(work, line, cleaned, begin)
    work.record(
        events.FamilyNumbersSet(
            customer_id=line.customer_id, line_id=line.id, count=len(cleaned), valid_from=begin
        )
    )
    return cleaned


async def switch_feature(work: UnitOfWork, line_id: UUID, feature: str, *, on: bool) -> None:
    """Switch a capability of a line; switching to what it is already does nothing."""
    work.actor.require(permissions.PLACE)
    line = await lock_open(work, line_id)
    if await store.switch_feature(work, line, model.clean_feature(feature), on=on):
        work.record(
            events.FeatureSwitched(
                customer_id=line.customer_id, line_id=line.id, feature=feature, on=on
            )
        )
