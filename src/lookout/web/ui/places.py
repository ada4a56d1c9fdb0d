"""The first page of each place, by url namespace."""

FIRST_PAGES = {
    "dashboards": "dashboards:today",
    "companies": "companies:list",
    "clues": "clues:list",
    "complaints": "complaints:list",
    "situation": "situation:page",
    "cases": "cases:list",
    "evidence": "evidence:list",
    "deposits": "deposits:list",
    "reports": "reports:list",
    "data": "data:tables",
    "stewards": "stewards:list",
    "runs": "runs:list",
    "catalogues": "catalogues:score",
    "administration": "administration:people",
}
