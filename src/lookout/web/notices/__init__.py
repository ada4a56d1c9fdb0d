"""What somebody should know: in the app at once, by mail as each person chose."""
