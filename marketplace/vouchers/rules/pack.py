"""Reading a policy pack: strict, and with every problem named by its path.

The schema is documented in docs/policy-packs.md. A pack is YAML without anchors; unknown keys are
refused; each rule names its clause, and says so when it is only assumed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from copy import deepcopy
from enum import StrEnum
from functools import lru_cache
from typing import Any

import yaml

from marketplace.foundation.errors import Refusal, Refused
from marketplace.vouchers import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.vouchers.rules.pack_checks import Problems
from marketplace.vouchers.rules.pack_contradictions import list_contradictions
from marketplace.vouchers.rules.pack_schema import PACK

PACK_BYTES_MAX = 256 * 1024


def read_pack(pack_text: str) -> dict[str, Any]:
    """A pack in normal form. Raises Refused with every problem found."""
    raw = _parsed(pack_text)
    problems: Problems = []
    pack = PACK(raw, "", problems)
    if not problems:
        problems = list_contradictions(pack)
    if problems:
        raise Refused(problems)
    assert isinstance(pack, dict)
    return pack


def pack_as_text(pack: Mapping[str, Any]) -> str:
    """A pack as the YAML that `read_pack` reads back to the same; short parts on one line."""
    return yaml.dump(
        dict(pack),
        Dumper=_PackDumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=100,
    )


class _PackDumper(yaml.SafeDumper):
    """Words of a fixed list are written as the words they are."""


_PackDumper.add_multi_representer(StrEnum, lambda dumper, word: dumper.represent_str(word.value))


class _StrictLoader(yaml.SafeLoader):
    """No aliases (they hide values and can explode), no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise Refused(Refusal("pack_alias", {"path": f"#{line}"}, field=f"#{line}"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _value in node.value]
        for key in keys:
            if isinstance(key, str) and keys.count(key) > 1:
                raise Refused(Refusal("pack_duplicate_key", {"path": key}, field=key))
        return super().construct_mapping(node, deep=deep)


@lru_cache(maxsize=32)
def _loaded(pack_text: str) -> Any:
    """The same pack is read by every page about it, and reading YAML takes longer than a page."""
    return yaml.load(pack_text, Loader=_StrictLoader)  # noqa: S506  (a SafeLoader)


def _parsed(pack_text: str) -> Any:
    if len(pack_text.encode()) > PACK_BYTES_MAX:
        raise Refused(Refusal("pack_too_large", {"limit": PACK_BYTES_MAX}))
    try:
        return deepcopy(_loaded(pack_text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(Refusal("pack_not_yaml", {"line": line})) from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        # A date that does not exist, a number of a million digits, a hundred thousand brackets.
        raise Refused(Refusal("pack_not_yaml", {"line": 1})) from error
