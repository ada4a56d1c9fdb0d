"""The text of a plain loan, as a PDF file."""

from __future__ import annotations

from lookout.web.deposits.demo_papers import pdf_of

LINES = (
    "借款合同",
    "合同编号：TH-2026-0001",
    "甲方（出借人）：广州粤海小额贷款有限公司（统一社会信用代码 {lender}）",
    "乙方（借款人）：张三  身份证号：440106199001011230",
    "第一条 借款金额为人民币壹拾万元整（小写：¥100,000.00元）。",
    "第二条 借款期限自2026年6月1日起至2027年5月31日止。",
    "第三条 年利率为 11.5%，逾期利率为日利率万分之三。",
)


def contract(*lines: str, **values: str) -> bytes:
    """Return a PDF that says the lines, those of a plain loan without any."""
    return pdf_of([line.format(**values) for line in lines or LINES])
