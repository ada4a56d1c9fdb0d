"""The synthetic province: raw source files of an invented Guangdong with planted, separately kept truth."""
