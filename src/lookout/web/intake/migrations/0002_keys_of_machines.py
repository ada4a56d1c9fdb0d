"""A push key becomes a key of a machine: with a name, rights, a region and networks."""

from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0001_initial"),
        ("accounts", "0003_remove_user_user_role_is_known_alter_user_role_and_more"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel(old_name="IntakeKey", new_name="MachineKey"),
    ]
