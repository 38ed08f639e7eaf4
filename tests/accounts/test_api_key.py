"""The text of an API key."""

from quapsule.accounts.api_key import is_well_formed, make_key


def test_no_mistyped_character_and_no_truncation_is_accepted() -> None:
    key = make_key("full")
    assert is_well_formed(key) and len(key) == 57
    for at in range(len(key)):
        other = "a" if key[at] != "a" else "b"
        assert not is_well_formed(key[:at] + other + key[at + 1 :])
        assert not is_well_formed(key[:at])
    for text in ("", "qk_live_", "qk_live_ä" + key[9:], key + "0", key.lower().upper()):
        assert not is_well_formed(text)


def test_prefixes_tell_what_a_key_can_cost() -> None:
    assert make_key("simulate").startswith("qk_test_")
    assert make_key("full").startswith("qk_live_") and make_key("read").startswith("qk_live_")


def test_no_two_keys_are_alike() -> None:
    assert len({make_key("full") for _ in range(200)}) == 200
