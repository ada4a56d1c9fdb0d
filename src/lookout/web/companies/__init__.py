"""Lists of companies, the company page and the evidence behind each number."""
