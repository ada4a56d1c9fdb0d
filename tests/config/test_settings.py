"""Settings: defaults, secrets, and every problem reported at once in Chinese."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lookout.config import SettingsError, load_settings
from lookout.config.settings import variable_names

SECRET = "4f1c9be07a62d83519ec07bf6a2d5810"
OTHER = "b07d2c4e91f8a6350e6b1d9c7f42a835"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path))


def refused() -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return {problem.where: f"{problem.what}|{problem.example}" for problem in caught.value.problems}


def test_demo_mode_makes_its_keys_once_and_keeps_them_private(monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")

    first, second = load_settings(), load_settings()

    assert first.secret_key == second.secret_key
    assert first.personal_key == second.personal_key != first.secret_key.encode()
    for name in ("secret_key", "personal_key"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_loading_settings_writes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")

    load_settings()

    assert list(tmp_path.iterdir()) == []


def test_a_demo_home_stays_one_without_being_told_again(monkeypatch):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    key = load_settings().secret_key
    monkeypatch.delenv("LOOKOUT_DEMO")

    again = load_settings()

    assert again.demo
    assert again.secret_key == key


@pytest.mark.parametrize("variable", ["LOOKOUT_SECRET_KEY", "LOOKOUT_DEMO"])
def test_a_demo_home_becomes_production_when_a_key_is_given_or_demo_is_switched_off(monkeypatch, variable):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    assert load_settings().personal_key
    monkeypatch.delenv("LOOKOUT_DEMO")
    monkeypatch.setenv(variable, {"LOOKOUT_SECRET_KEY": SECRET, "LOOKOUT_DEMO": "0"}[variable])

    assert "LOOKOUT_PERSONAL_KEY" in refused()


def test_production_must_be_given_both_keys():
    problems = refused()

    assert set(problems) == {"LOOKOUT_SECRET_KEY", "LOOKOUT_PERSONAL_KEY"}


def test_a_key_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    monkeypatch.setenv("LOOKOUT_SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", OTHER)

    settings = load_settings()

    assert settings.secret_key == SECRET
    assert settings.personal_key == OTHER.encode()


def test_a_key_given_twice_is_refused(monkeypatch, tmp_path):
    (tmp_path / "key").write_text(SECRET)
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", SECRET)

    assert "同时给出" in refused()["LOOKOUT_SECRET_KEY_FILE"]


def test_an_unreadable_key_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_SECRET_KEY_FILE", str(tmp_path / "absent"))

    assert "absent" in refused()["LOOKOUT_SECRET_KEY_FILE"]


def test_a_short_key_is_refused_without_printing_it(monkeypatch):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", "hunter2")

    problem = refused()["LOOKOUT_SECRET_KEY"]

    assert "至少 32" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("variable", "value", "said", "example"),
    [
        ("LOOKOUT_KEEP_RUNS", "many", "不是整数", "5"),
        ("LOOKOUT_KEEP_RUNS", "1", "太小", "5"),
        ("LOOKOUT_DEBUG", "perhaps", "不是开关", "0"),
        ("LOOKOUT_LOG_FORMAT", "xml", "可选值", "json"),
        ("LOOKOUT_LANGUAGE", "fr", "可选值", "zh-hans"),
        ("LOOKOUT_MEMORY_LIMIT", "lots", "写法不对", "8GiB"),
        ("LOOKOUT_DATABASE", "mysql://db/lookout", "PostgreSQL", "postgresql://"),
        ("LOOKOUT_DATABASE", "postgresql://db:port/lookout", "PostgreSQL", "postgresql://"),
        ("LOOKOUT_KEPT_RUNS", "5", "没有这个设置", "LOOKOUT_KEEP_RUNS"),
    ],
)
def test_a_bad_value_is_refused_with_a_correct_example(monkeypatch, variable, value, said, example):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv(variable, value)

    problem = refused()[variable]

    assert said in problem
    assert example in problem


def test_all_problems_are_reported_together(monkeypatch):
    monkeypatch.setenv("LOOKOUT_KEEP_RUNS", "many")
    monkeypatch.setenv("LOOKOUT_HOST", "x")
    monkeypatch.setenv("LOOKOUT_LANGUAGE", "fr")

    keys = {"LOOKOUT_SECRET_KEY", "LOOKOUT_PERSONAL_KEY"}
    assert set(refused()) == {"LOOKOUT_KEEP_RUNS", "LOOKOUT_HOST", "LOOKOUT_LANGUAGE"} | keys


def test_debug_pages_are_for_demo_only(monkeypatch):
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", SECRET)
    monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", OTHER)
    monkeypatch.setenv("LOOKOUT_DEBUG", "1")

    assert "LOOKOUT_DEMO=1" in next(iter(refused().values()))


def test_places_follow_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")

    settings = load_settings()

    assert settings.database == str(tmp_path / "desk.sqlite3")
    assert settings.spill_folder == tmp_path / "spill"
    assert settings.memory_limit.endswith("MiB")


def test_a_bad_database_address_is_refused_without_printing_its_password(monkeypatch):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_DATABASE", "postgresql://desk:hunter2@db.internal:5433/")

    assert "hunter2" not in refused()["LOOKOUT_DATABASE"]


@pytest.mark.parametrize(
    "address", ["postgresql://desk:p%40ss@db.internal:5433/lookout", "/srv/desk.sqlite3"]
)
def test_the_database_may_be_a_file_or_postgresql(monkeypatch, address):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_DATABASE", address)

    assert load_settings().database == address


def test_hosts_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_ALLOWED_HOSTS", "a.example, b.example,")

    assert load_settings().allowed_hosts == ("a.example", "b.example")


def test_every_setting_has_a_description_and_an_example():
    from lookout.config import Settings

    assert list(variable_names()) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.examples, name


def test_everything_that_forbids_a_start_with_real_data_is_told_together(monkeypatch, tmp_path):
    (tmp_path / "province").mkdir()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text(SECRET)
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", "a" * 40)
    monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", "a" * 40)
    monkeypatch.setenv("LOOKOUT_ALLOWED_HOSTS", "*")
    monkeypatch.setenv("LOOKOUT_DEBUG", "1")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    said = "\n".join(str(problem) for problem in caught.value.problems)
    for reason in ("容易猜中", "两个密钥相同", "任何主机名", "泄露内部信息", "演示模式生成", "演示省份"):
        assert reason in said
    assert "aaaa" not in said


@pytest.mark.parametrize("secret", ["changeme-" * 5, "0123456789abcdef-lookout-secret-" * 2, "ab" * 30])
def test_a_key_that_can_be_guessed_is_refused_without_printing_it(monkeypatch, secret):
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", secret)
    monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", OTHER)

    problem = refused()["LOOKOUT_SECRET_KEY"]

    assert "容易猜中" in problem
    assert secret not in problem


def test_good_keys_start_an_installation(monkeypatch):
    monkeypatch.setenv("LOOKOUT_SECRET_KEY", SECRET)
    monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", OTHER)

    assert not load_settings().demo


@pytest.mark.parametrize(("text", "said"), [('{"layout": 99}', "更新的版本"), ('{"lay', "损坏")])
def test_a_home_of_a_newer_layout_is_not_touched(monkeypatch, tmp_path, text, said):
    (tmp_path / "layout.json").write_text(text)
    monkeypatch.setenv("LOOKOUT_DEMO", "1")

    assert said in refused()[str(tmp_path / "layout.json")]
