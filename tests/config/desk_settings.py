"""Settings of the desk under test: demo mode in a throw-away home, whatever the developer's shell says."""

import atexit
import os
import shutil
import tempfile

for _variable in [name for name in os.environ if name.startswith("LOOKOUT_")]:
    del os.environ[_variable]
_home = tempfile.mkdtemp(prefix="lookout-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
if _database := os.environ.get("DESK_TEST_DATABASE"):
    os.environ["LOOKOUT_DATABASE"] = _database
os.environ["LOOKOUT_DEMO"] = "1"
os.environ["LOOKOUT_HOME"] = _home

from lookout.web.config.settings import *  # noqa: E402, F403 - the environment must be set before the settings read it

# Hashing passwords slowly is a defence of the real desk; two hundred test logins need none.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
