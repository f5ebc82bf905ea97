"""What the estate asks to be looked at again on a day: firewall rules and exceptions."""

from collections.abc import Iterator

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.estate import Review
from groundwork.estate.firewall_entries import FirewallPairForm, FirewallRuleForm, ParityExceptionForm


def list_reviews(draft: Draft) -> Iterator[Review]:
    """Every review of a draft."""
    for pair in draft.firewall_pairs:
        for position, rule in enumerate(pair.form.rules):
            yield _review(pair, "rules", position, f'rule "{rule.name}"', rule)
        for position, one in enumerate(pair.form.parity_exceptions):
            yield _review(pair, "parity_exceptions", position, f'the exception for rule "{one.rule}"', one)


def _review(
    pair: Stated[FirewallPairForm], part: str, position: int, what: str, form: FirewallRuleForm | ParityExceptionForm
) -> Review:
    was_due = f"the review of {what} was due on {form.review}"
    what_to_do = f"have {form.owner} say whether it stays, then write the next day"
    return Review(day=form.review, overdue=pair.fault(was_due, what_to_do, part, position, "review"))
