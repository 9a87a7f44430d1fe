"""A file that some process still has open for writing isn't ready, however long it stands still."""

from csvflow.kit.writers import being_written
from csvflow.plugins.sources.files import FilesSettings, FilesSource


def verdicts(folder):
    source = FilesSource(FilesSettings(path=f"{folder}/*.csv", settle=0))
    found = [(sight.verdict, sight.why) for sight in source.survey()]
    source.close()
    return found


def test_a_file_that_is_open_for_writing_waits(tmp_path):
    path = tmp_path / "orders.csv"
    with path.open("w") as writer:
        writer.write("id\n1\n")
        writer.flush()
        assert being_written(str(path))
        assert verdicts(tmp_path) == [("not-ready", "a process has it open for writing")]
    assert not being_written(str(path))
    assert verdicts(tmp_path) == [("ready", "")]


def test_a_file_that_is_only_read_does_not_wait(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("id\n1\n")
    with path.open() as reader:
        assert reader.read(2) == "id"
        assert verdicts(tmp_path) == [("ready", "")]
