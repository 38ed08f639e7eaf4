"""The measure of this folder: every hole of mutants.py, made in a clone, is noticed by the test that it names."""

import pytest
from tests.access.cast import plant
from tests.access.matrix import Matrix, measure
from tests.access.mutants import MUTANTS, Catcher, Mutant
from tests.access.test_matrix import differences, unguarded_tables
from tests.conftest import Clone, cloned

from quapsule.database.embedded import EmbeddedServer
from quapsule.database.rules_state import apply_rules, read_rules


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_hole_is_noticed(server: EmbeddedServer, mutant: Mutant):
    with cloned(server) as clone:
        assert apply_rules(clone.owner, _mutated(mutant)), "the rules are as before"
        assert _notices(clone, mutant.caught_by), f"nothing noticed that {mutant.says}"


def _mutated(mutant: Mutant) -> dict[str, str]:
    rules = read_rules()
    text = rules[mutant.file]
    assert mutant.old in text, f"rules/{mutant.file}.sql does not say this any more: {mutant.old}"
    return rules | {mutant.file: text.replace(mutant.old, mutant.new) if mutant.old else f"{text}\n{mutant.new}\n"}


def _notices(clone: Clone, caught_by: Catcher) -> bool:
    planted = plant(clone.owner)
    if caught_by == "rls":
        return bool(unguarded_tables(clone))
    if isinstance(caught_by, str):
        matrix = Matrix()
        with clone.worker.pool.connection() as worker:
            return bool(differences(matrix.expected(planted, [caught_by]), measure(clone.owner, worker, planted, matrix, [caught_by])))
    try:
        caught_by(clone)
    except (AssertionError, pytest.fail.Exception):
        return True
    return False
