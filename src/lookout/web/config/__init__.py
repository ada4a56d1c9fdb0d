"""Settings, urls and middleware of the desk: the one place that knows all its apps."""
