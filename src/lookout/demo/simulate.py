"""The synthetic province as a whole: chunk by chunk into a delivery folder, and the truth beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from lookout.demo import registry
from lookout.demo.calendar import Calendar
from lookout.demo.chunk import Chunk
from lookout.demo.deliveries import Deliveries
from lookout.demo.identities import Persons
from lookout.demo.naming import name_all
from lookout.demo.population import populate
from lookout.demo.scenario import Scenario

CHUNK = 50_000
TOPICS = (registry.write,)
