"""Keep a page as it was seen: picture, every response, headers, certificates and addresses. Needs Chromium."""
