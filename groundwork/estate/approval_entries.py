"""The form of the file about approvals, field by field."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.estate.fields import ONCE, Count, Names, SignerLine, refuse_twice
from groundwork.estate.platform_entries import Form
from groundwork.model.approval import OperationName


class ApprovalRoleForm(Form):
    """Those who may approve plans in one capacity."""

    signers: Annotated[tuple[SignerLine, ...], AfterValidator(refuse_twice), ONCE] = Field(
        min_length=1,
        description="Their public keys, a line each: `ssh-ed25519 AAAA… NAME`, or of a hardware key "
        "`sk-ssh-ed25519@openssh.com AAAA… NAME`. A person with two keys has one name.",
    )


class ApprovalRuleForm(Form):
    """One operation whose plans are carried out only when approved."""

    operation: OperationName = Field(description="The operation; each has one rule at most.")
    count: Count = Field(default=1, description="How many must approve, each another person.")
    roles: Names = Field(min_length=1, description="Whose approval counts: anyone of these roles.")
