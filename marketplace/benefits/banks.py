"""Banks a person chooses from by name: the CNAPS code of each head office.

A person knows their bank, not its code. Money to an account of any branch may be sent by the
head office's code (the list of participants of CNAPS and 网上支付跨行清算系统). All codes agree
with several independent public lists; those are not the central bank's own directory, and some
list older codes besides (Ping An 307584008005, Everbright 303100010077), so the paying bank
confirms them before production. Others give the code of their branch.
"""

from __future__ import annotations

from marketplace.foundation.errors import N_

BANKS: dict[str, str] = {
    "102100099996": N_("Industrial and Commercial Bank of China"),
    "103100000026": N_("Agricultural Bank of China"),
    "104100000004": N_("Bank of China"),
    "105100000017": N_("China Construction Bank"),
    "403100000004": N_("Postal Savings Bank of China"),
    "301290000007": N_("Bank of Communications"),
    "308584000013": N_("China Merchants Bank"),
    "310290000013": N_("Shanghai Pudong Development Bank"),
    "309391000011": N_("Industrial Bank"),
    "302100011000": N_("China CITIC Bank"),
    "303100000006": N_("China Everbright Bank"),
    "305100000013": N_("China Minsheng Bank"),
    "307584007998": N_("Ping An Bank"),
    "306581000003": N_("China Guangfa Bank"),
    "304100040000": N_("Hua Xia Bank"),
}
ANOTHER_BANK = "another"
CHINESE_NAMES: dict[str, str] = {
    "102100099996": "中国工商银行",
    "103100000026": "中国农业银行",
    "104100000004": "中国银行",
    "105100000017": "中国建设银行",
    "403100000004": "中国邮政储蓄银行",
    "301290000007": "交通银行",
    "308584000013": "招商银行",
    "310290000013": "上海浦东发展银行",
    "309391000011": "兴业银行",
    "302100011000": "中信银行",
    "303100000006": "中国光大银行",
    "305100000013": "中国民生银行",
    "307584007998": "平安银行",
    "306581000003": "广发银行",
    "304100040000": "华夏银行",
}
"""As the bank file names them, whatever language the person reads."""
