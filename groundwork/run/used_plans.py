"""Which run used which saved plan: a plan is carried out once."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from groundwork.errors import RefusedError
from groundwork.store.store import Store
from groundwork.store.tables import PLANS_USED


def use_once(tables: Store, plan_id: str, run_id: str, *, exists: Callable[[str], bool]) -> None:
    """Note that the run uses the plan; a run that the ledger does not know did nothing, and gives its plan back.

    Raises RefusedError naming the run that used it.
    """
    with tables.open() as connection:
        user = connection.execute(select(PLANS_USED.c.run).where(PLANS_USED.c.plan == plan_id)).scalar()
    if user is not None and exists(str(user)):
        raise _used(plan_id, str(user))
    with tables.open() as connection:
        connection.execute(PLANS_USED.delete().where(PLANS_USED.c.plan == plan_id, PLANS_USED.c.run == user))
        try:
            connection.execute(PLANS_USED.insert().values(plan=plan_id, run=run_id))
        except IntegrityError:
            raise _used(plan_id, "that began just now") from None


def _used(plan_id: str, run: str) -> RefusedError:
    return RefusedError(
        f"the plan {plan_id} was used already, by run {run}: a plan is carried out once",
        hint="see what that run did with `inv runs.show`, then plan again",
    )
