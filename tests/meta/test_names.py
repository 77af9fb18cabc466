"""One word per concept: the glossary's forbidden words name nothing in the code."""

from __future__ import annotations

import ast
import re

from tests.meta.sources import Function, product_files, room_of, short, tree_of

FORBIDDEN = {
    "coupon", "wallet", "ticket", "booking", "signup", "provider", "budget", "quota",
    "encumbrance", "disbursement", "prepayment", "refund", "invoice", "billing", "session",
    "transaction", "account", "match", "credit",
}  # fmt: skip
AT_HOME = {
    "account": {"ledger"},
    "credit": {"ledger"},
    "match": {"reconciliation"},
    "quota": {"quotas", "vouchers", "edge", "web", "cli"},
    "refund": {"copayments", "payouts"},
    "session": {"foundation"},
    "transaction": {"foundation"},
}
"""Rooms where a reserved word is the right one."""

ALLOWED = re.compile(
    r"payout_?accounts?|connected_?accounts?|bank_?accounts?|debtor_?accounts?|counterparty_?accounts?"
    r"|write_transaction|re_?match|sign_?in|account_name|accountname"
    r"|account_balances?|session_id|statement_of_account|ledger_accounts?|reconciliation_?match"
    r"|match_statement_lines",
    re.I,
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _names(tree: ast.Module):
    """What the code names itself: functions, classes, parameters, columns."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node.name, node.lineno
            for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                yield arg.arg, arg.lineno
        elif isinstance(node, ast.ClassDef):
            yield node.name, node.lineno
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    yield item.target.id, item.lineno


def test_forbidden_words_name_nothing():
    found = [
        f"{short(path)}:{line} {name}"
        for path in product_files()
        for name, line in _names(tree_of(path))
        for word in WORD.findall(ALLOWED.sub("", name))
        if (low := word.lower().rstrip("s")) in FORBIDDEN
        and room_of(path) not in AT_HOME.get(low, set())
    ]
    assert not found, f"see docs/glossary.md: {found}"


def test_operations_and_queries_are_named_once():
    """`redeem_voucher` is one function: a search finds the one place."""
    seen: dict[str, str] = {}
    twice = []
    for path in product_files():
        if path.stem != "operations" and path.parent.name != "operations":
            continue
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                if node.name in seen:
                    twice.append(f"{node.name}: {seen[node.name]}, {short(path)}")
                seen[node.name] = short(path)
    assert not twice
