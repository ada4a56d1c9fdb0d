"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine and its other users, not about the rule it tests.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
