"""Whether approvals can be given, and nobody can give two of them."""

from collections.abc import Iterator

from groundwork.estate.approval_entries import ApprovalRuleForm
from groundwork.estate.draft import Draft, Stated
from groundwork.files.fault import Fault
from groundwork.model.approval import signer_key, signer_name


def check_approvals(draft: Draft) -> Iterator[Fault]:
    """Each key bears one name, each operation has one rule, and each rule has signers enough."""
    yield from _keys(draft)
    ruled: dict[str, Stated[ApprovalRuleForm]] = {}
    for rule in draft.approval_rules:
        first = ruled.setdefault(rule.form.operation, rule)
        if first is not rule:
            what = f'operation {rule.form.operation} has a rule already, "{first.name}"'
            yield rule.fault(what, "make one rule of the two", "operation")
        yield from _enough(rule, draft)


def _keys(draft: Draft) -> Iterator[Fault]:
    """One key under two names could approve twice."""
    names: dict[str, str] = {}
    for role in draft.approval_roles:
        for position, line in enumerate(role.form.signers):
            name = names.setdefault(signer_key(line), signer_name(line))
            if name != signer_name(line):
                what = f"the key of {signer_name(line)} is that of {name} too, who could then approve twice"
                yield role.fault(what, "give each person a key of their own, or one name", "signers", position)


def _enough(rule: Stated[ApprovalRuleForm], draft: Draft) -> Iterator[Fault]:
    roles = [draft.approval_roles.get(name) for name in rule.form.roles]
    signers = {signer_name(line) for role in roles if role for line in role.form.signers}
    if all(roles) and len(signers) < rule.form.count:
        what = f"asks for {rule.form.count} approvals, and its roles have {len(signers)} who can give one"
        yield rule.fault(what, "ask for fewer, or add signers", "count")
