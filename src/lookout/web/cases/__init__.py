"""Cases of illegal fund-raising: their course, reports, statistics and assessment."""
