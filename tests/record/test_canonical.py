from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.record.canonical import canonical, plain

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical({"b": 1, "a": [True, None, "夏玉珍"]}) == '{"a":[true,null,"夏玉珍"],"b":1}'.encode()


def test_a_float_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical({"area": 58.62})


def test_dates_and_uuids_become_text() -> None:
    assert plain((datetime(2026, 11, 19, 7, tzinfo=UTC), UUID(int=1))) == [
        "2026-11-19T07:00:00+00:00",
        "00000000-0000-0000-0000-000000000001",
    ]


@given(values)
def test_reading_back_and_spelling_again_gives_the_same_bytes(value: object) -> None:
    import json

    spelled = canonical(value)
    assert canonical(json.loads(spelled)) == spelled


def test_half_an_emoji_is_kept_and_does_not_fail() -> None:
    assert canonical("\ud83d") == b'"\\ud83d"'
