"""C12: the same contract deposited twice, or revisions that contradict each other."""

from __future__ import annotations

from lookout.web.deposits.checks.facts import Compared, Facts, Verdict, failed, passed


def no_duplicates(facts: Facts) -> Verdict:
    """C12: no other deposit is the same file or number, and the chain of revisions is one line."""
    wrong, compared = list[str](), list[Compared]()
    for other in facts.others:
        whose = "本机构" if other.is_own else "另一家机构"
        if other.same_digest:
            wrong.append(f"与{whose}先前的存证是同一份文件")
            compared.append(Compared("文件摘要", facts.contract_no, other.number, f"{whose}的存证", False))
        elif other.same_contract_no and not other.is_kin:
            wrong.append(f"合同编号“{facts.contract_no}”{whose}已经存证过")
            compared.append(Compared("合同编号", facts.contract_no, other.number, f"{whose}的存证", False))
    wrong += _chain_problems(facts, compared)
    if wrong:
        return failed(list(dict.fromkeys(wrong)), compared)
    return passed("没有相同的文件或编号，修订关系一致", compared)


def _chain_problems(facts: Facts, compared: list[Compared]) -> list[str]:
    earlier = facts.earlier
    if earlier is None:
        return []
    problems = []
    if earlier.contract_no != facts.contract_no:
        problems.append(f"修订版的合同编号与原版“{earlier.contract_no}”不同")
    if facts.signed_at < earlier.signed_at:
        problems.append("修订版的签订时间早于原版")
    compared += [
        Compared("修订", facts.contract_no, number, "同一原版的另一修订", False) for number in earlier.rivals
    ]
    if earlier.rivals:
        problems.append(f"原版 {earlier.number} 已有另一份修订，不知以哪份为准")
    return problems
