"""A run's folder that is not whole is named as such: no bare error reaches a user."""

from __future__ import annotations

import h5netcdf
import numpy as np
import pytest

import run_fixtures as rf
from liptako.errors import InputError
from liptako.model.outputs import OUTPUTS
from liptako.runs.dataset import DOCUMENTS, KNOWN, NOTED
from liptako.runs.folder import DATASET, load_run, write_dataset

NEEDED = (*OUTPUTS, *KNOWN)


@pytest.fixture
def run(theatre):
    return rf.run_of(theatre, months=12)


def opened(run, folder):
    write_dataset(run, folder / DATASET)
    return load_run(folder)


def test_what_is_whole_is_opened(run, tmp_path):
    assert opened(run, tmp_path).sizes == run.sizes


@pytest.mark.parametrize("name", [name for name in NEEDED if name not in ("member", "month")])
def test_a_run_that_lacks_something_names_it(run, tmp_path, name):
    with pytest.raises(InputError, match=f"not a whole run: something is missing.*'{name}'"):
        opened(run.drop_vars(name), tmp_path)


@pytest.mark.parametrize("name", NOTED)
def test_a_run_that_does_not_say_what_it_is_names_what_it_lacks(run, tmp_path, name):
    bare = run.assign_attrs()
    del bare.attrs[name]
    with pytest.raises(InputError, match=f"something is missing.*'{name}'"):
        opened(bare, tmp_path)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("text", ["{", "3", "[]", "", "\x00"])
def test_documents_that_cannot_be_read_are_refused(run, tmp_path, name, text):
    with pytest.raises(InputError, match=f"{name}|not a"):
        opened(run.assign_attrs({name: text}), tmp_path)


def test_dimensions_in_another_order_are_refused(run, tmp_path):
    turned = run.assign(stage=run["stage"].transpose("month", "member"))
    with pytest.raises(InputError, match="wrong dimensions"):
        opened(turned, tmp_path)


@pytest.mark.parametrize("version", [0, 99, "one"])
def test_a_folder_of_another_version_says_so(run, tmp_path, version):
    with pytest.raises(InputError, match=r"of Liptako|not a readable run"):
        opened(run.assign_attrs(format=version), tmp_path)


@pytest.mark.parametrize("size", [0, 10, 3000])
def test_a_file_that_ends_early_is_refused(run, tmp_path, size):
    opened(run, tmp_path).close()
    path = tmp_path / DATASET
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match="not a readable run"):
        load_run(tmp_path)


def test_a_file_of_something_else_is_refused(tmp_path):
    with h5netcdf.File(tmp_path / DATASET, "w") as file:
        file.dimensions = {"x": 2}
        file.create_variable("x", ("x",), data=np.arange(2))
    with pytest.raises(InputError):
        load_run(tmp_path)
