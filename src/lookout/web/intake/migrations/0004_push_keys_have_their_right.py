"""A key made before rights were kept pushes files, and nothing else."""

from typing import Any

from django.db import migrations


def give_push_keys_their_right(apps: Any, schema_editor: Any) -> None:
    for key in apps.get_model("intake", "MachineKey").objects.filter(name=""):
        key.name, key.purpose, key.scopes = key.connection, "推送文件", ["deliveries"]
        key.save()


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_key_rights")]

    operations = [migrations.RunPython(give_push_keys_their_right, migrations.RunPython.noop)]
