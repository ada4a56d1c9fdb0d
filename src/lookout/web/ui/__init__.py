"""What every page shares: words, figures, charts, Excel, paging and the base templates."""
